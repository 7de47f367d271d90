import assert from 'node:assert/strict'
import type { Run } from '../run.ts'
import { onBench } from './bench.ts'
import { assertObeysSchema } from './schemas.ts'

describe('one Loop account under two names, and as env (G10)', () => {
  const bench = onBench()
  const run = (argv: string[], name: string | null = null): Promise<Run> =>
    bench().run(name === null ? argv : [...argv, '-m', name])
  const accepted = () =>
    bench().sandbox.world.groundTruth.entries.filter(({ what }) => what === 'process_accepted').length

  beforeEach(async () => {
    for (const name of ['acme', 'twin']) {
      const added = await run(['merchant', 'add', name, '--environment', 'sandbox', '--slug', 'demo', '--no-check'])
      assert.equal(added.exit, 0, added.stderr)
    }
  })

  async function received(): Promise<string> {
    const id = bench().file()
    assert.equal((await run(['asn', 'sync', id], 'acme')).exit, 0)
    bench().sandbox.masonhub.warehouse.receive(id)
    return id
  }
  const resolve = async (id: string, name: string | null) =>
    (await run(['rma', 'resolve', id, '--refund', '--yes', '--json'], name)).json().data.results[0]

  it('a pause of a name that has never worked holds for the other, and for env; both are reported (G10)', async () => {
    const id = await received()
    const paused = await run(['refunds', 'pause', '--reason', 'odd', '--json'], 'twin')
    assertObeysSchema(paused.json())
    assert.deepEqual(paused.json().data.sameAccount, ['acme'])
    for (const name of ['acme', 'twin', null]) {
      assert.equal((await resolve(id, name)).reasons[0].code, 'REFUNDS_PAUSED', String(name))
    }
    assert.equal(accepted(), 0)
    const status = await run(['refunds', 'status', '--json'], 'acme')
    assertObeysSchema(status.json())
    const [found] = status.json().data.merchants
    assert.deepEqual([found.lane, found.pause.merchant, found.sameAccount], ['paused', 'twin', ['env', 'twin']])
    const page = await run(['refunds', 'status'], 'acme')
    assert.match(page.stdout, /Pause +odd \(.*\), by way of twin/)
    assert.match(page.stdout, /Same Loop account +env, twin: counted together/)
    const plan = await run(['rma', 'resolve', id, '--refund', '--dry-run'], 'acme')
    assert.match(plan.stdout + plan.stderr, /twin, on the same Loop account/)
    const resumed = await run(['refunds', 'resume', '--yes', '--json'], 'acme')
    assertObeysSchema(resumed.json())
    assert.equal(resumed.json().data.resumed, false)
    assert.match(
      resumed.json().warnings[0] ?? '',
      /twin, on the same Loop account as acme, is still paused.*resume -m twin/,
    )
    await run(['refunds', 'resume', '--yes'], 'twin')
    assert.equal((await resolve(id, 'acme')).outcome, 'accepted')
  })

  it('the strictest limits of its names hold for all of them together, env too (G10)', async () => {
    const [one, other, third] = [await received(), await received(), await received()]
    await run(['merchant', 'set', '-m', 'acme', '--no-check', 'refunds-per-hour', '1'])
    assert.equal((await resolve(one, 'twin')).outcome, 'accepted')
    for (const name of ['twin', 'acme', null]) {
      assert.equal((await resolve(other, name)).reasons[0].code, 'HOURLY_LIMIT', String(name))
    }
    const [found] = (await run(['refunds', 'status', '--json'], 'twin')).json().data.merchants
    assert.deepEqual(found.hour, { limit: 1, used: 1, left: 0 })
    assert.equal(accepted(), 1)
    await run(['merchant', 'set', '-m', 'acme', '--no-check', 'refunds-per-hour', '2'])
    assert.equal((await resolve(third, null)).outcome, 'accepted')
    assert.equal((await resolve(other, 'twin')).reasons[0].code, 'HOURLY_LIMIT')
  })

  it('the largest refund of one name holds for the others, by themselves and as env; a person may exceed it explicitly (G10)', async () => {
    const id = await received()
    for (const name of ['acme', 'twin']) await run(['merchant', 'set', '--no-check', 'refunds', 'on'], name)
    await run(['merchant', 'set', '--no-check', 'largest-refund', '1.00'], 'twin')
    // The merchant has never worked; its limits apply all the same.
    const byRules = (name: string | null, more: string[] = []) =>
      bench().run(['rma', 'resolve', id, '--yes', '--json', ...more, ...(name === null ? [] : ['-m', name])], {
        env: { MHLOOP_REFUNDS: 'on' },
      })
    for (const name of ['acme', 'twin', null]) {
      const [plan] = (await byRules(name, ['--dry-run'])).json().data.results
      assert.deepEqual(
        [plan.outcome, plan.held, plan.reasons[0].code],
        ['skipped', true, 'REFUND_TOO_LARGE'],
        String(name),
      )
      const done = await byRules(name)
      const [found] = done.json().data.results
      assert.deepEqual([found.outcome, found.reasons[0].code], ['skipped', 'REFUND_TOO_LARGE'], String(name))
      assert.equal(done.exit, 3)
    }
    assert.equal(accepted(), 0)
    const status = await run(['refunds', 'status', '--json'], 'acme')
    assertObeysSchema(status.json())
    const [found] = status.json().data.merchants
    assert.deepEqual(
      [found.largestRefund, found.setBy.largestRefund, found.setBy.refundsPerHour],
      ['1.00', 'twin', 'acme'],
    )
    assert.match((await run(['refunds', 'status'], 'acme')).stdout, /Largest refund +1\.00 \(limit of twin\)/)
    assert.equal((await resolve(id, 'acme')).outcome, 'accepted')
  })

  it('refunds status of a name that never worked shows the pause and the limits that hold for its account (G10)', async () => {
    await received()
    await run(['merchant', 'set', '--no-check', 'refunds-per-hour', '7', 'largest-refund', '3'], 'acme')
    await run(['refunds', 'pause', '--reason', 'odd'], 'acme')
    const status = await run(['refunds', 'status', '--json'], 'twin')
    assertObeysSchema(status.json())
    const [found] = status.json().data.merchants
    assert.deepEqual(
      [found.lane, found.pause?.merchant, found.sameAccount, found.hour.limit, found.largestRefund],
      ['paused', 'acme', ['acme'], 7, '3'],
    )
    assert.deepEqual([found.setBy.refundsPerHour, found.setBy.largestRefund], ['acme', 'acme'])
    assert.equal(found.lastChange.setting, 'pause')
    assert.match((await run(['refunds', 'status'], 'twin')).stdout, /of 7 sent, 7 left \(limit of acme\)/)
  })

  it('refunds status says so where the account of a name is unknown (G10)', async () => {
    const stdin =
      'merchants:\n  third:\n    environment: sandbox\n    slug: demo\n    secrets:\n      loop-api-key: env:THIRD_KEY\n'
    const added = await bench().run(['merchant', 'apply', '-f', '-', '--no-check'], { stdin })
    assert.equal(added.exit, 0, added.stderr)
    await run(['refunds', 'pause', '--reason', 'odd'], 'acme')
    const status = async (env: Record<string, string>) => {
      const { exit, json } = await bench().run(['refunds', 'status', '-m', 'third', '--json'], { env })
      assert.equal(exit, 0)
      return json()
    }
    const unknown = await status({})
    assert.match(unknown.warnings[0] ?? '', /third has never worked with this journal, and its Loop key can't be read/)
    // A reference is followed for the status when it leads to a key.
    const known = await status({ THIRD_KEY: bench().env.MHLOOP_LOOP_API_KEY ?? '' })
    assert.deepEqual([known.warnings, known.data.merchants[0].pause?.merchant], [[], 'acme'])
  })

  it('a replaced key restarts no budget (G10)', async () => {
    const [one, other] = [await received(), await received()]
    await run(['merchant', 'set', '-m', 'acme', '--no-check', 'refunds-per-hour', '1'])
    assert.equal((await resolve(one, 'acme')).outcome, 'accepted')
    const { MHLOOP_LOOP_API_KEY: key = '' } = bench().freshKeys()
    const rotated = await bench().run(['merchant', 'set', '-m', 'acme', '--no-check', 'loop-api-key', '-'], {
      stdin: key,
    })
    assert.equal(rotated.exit, 0, rotated.stderr)
    assert.equal((await resolve(other, 'acme')).reasons[0].code, 'HOURLY_LIMIT')
    assert.equal((await resolve(other, 'twin')).reasons[0].code, 'HOURLY_LIMIT')
  })

  it('the pause of a removed merchant is lifted by its name; doctor says so under the other names (G10)', async () => {
    const id = await received()
    await run(['refunds', 'pause', '--reason', 'odd'], 'twin')
    await run(['merchant', 'remove', 'twin', '--yes'])
    assert.equal((await resolve(id, 'acme')).reasons[0].code, 'REFUNDS_PAUSED')
    const { json } = await run(['doctor', '--json'], 'acme')
    const check = json().data.checks.find(({ code }: { code: string }) => code === 'work.refunds')
    assert.match(check.message, /^Paused, by way of twin: odd/)
    assert.equal(check.remedy, 'mhloop refunds resume -m twin')
    assert.equal((await run(['refunds', 'resume'], 'twin')).exit, 9)
    const resumed = await run(['refunds', 'resume', '--yes', '--json'], 'twin')
    assertObeysSchema(resumed.json())
    assert.deepEqual([resumed.exit, resumed.json().data.resumed, resumed.json().merchant], [0, true, 'twin'])
    assert.equal((await resolve(id, 'acme')).outcome, 'accepted')
    // Without a pause, the name is as unknown as any other.
    const again = await run(['refunds', 'resume', '--yes', '--json'], 'twin')
    assert.deepEqual([again.exit, again.json().error.code], [5, 'MERCHANT_UNKNOWN'])
  })

  it('a pause of env is lifted by the shop that it was made for, not by another one as env (G10)', async () => {
    const other = bench().freshKeys()
    const asEnv = (argv: string[], env: Record<string, string> = {}) =>
      bench().run(['refunds', ...argv, '-m', 'env', '--json'], { env })
    // Both accounts have been `env` before, and the journal knows both.
    for (const env of [{}, other]) {
      await asEnv(['pause', '--reason', 'old'], env)
      assert.equal((await asEnv(['resume', '--yes'], env)).exit, 0)
    }
    await received()
    await asEnv(['pause', '--reason', 'odd'])
    const refused = await asEnv(['resume', '--yes'], other)
    assert.deepEqual([refused.exit, refused.json().error.code], [6, 'PAUSE_OF_OTHER_ACCOUNT'])
    assert.match(
      refused.json().error.message,
      /^"env" was paused for another Loop account \(also used as acme, twin\) than .*: odd \(/,
    )
    assert.match(refused.json().error.hint ?? '', /env -u MHLOOP_LOOP_API_KEY mhloop refunds resume -m env$/)
    assert.equal((await asEnv(['resume', '--yes'])).json().data.resumed, true)
    await asEnv(['pause', '--reason', 'odd'])
    // As the hint says, for a key that was replaced since the pause.
    assert.equal((await asEnv(['resume', '--yes'], { MHLOOP_LOOP_API_KEY: '' })).json().data.resumed, true)
    assert.equal((await asEnv(['resume', '--yes'], { MHLOOP_LOOP_API_KEY: '' })).exit, 4)
  })

  it('doctor warns of two names on one account (G10)', async () => {
    await received()
    const { json } = await run(['doctor', '--json'], 'twin')
    assertObeysSchema(json())
    const check = json().data.checks.find(({ code }: { code: string }) => code === 'merchant.account')
    assert.deepEqual([check.status, /shares its Loop account with acme/.test(check.message)], ['warn', true])
  })
})
