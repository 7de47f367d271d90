/** What an operator types and sees when only what arrived is refunded (loop.md §5.5). */
import assert from 'node:assert/strict'
import { onBench } from './bench.ts'
import { assertObeysSchema } from './schemas.ts'

type Results = {
  results: {
    outcome: string
    reasons: { code: string }[]
    partial: null | {
      currency: string
      paid: { lineItemId: string; sku: string; refund: string; kept: boolean }[]
      removed: { lineItemId: string; sku: string; refund: string }[]
    }
  }[]
}

describe('rma resolve --refund --only-arrived', () => {
  const bench = onBench()

  /** A shirt and two caps of one order line; one cap is missing. */
  async function short(): Promise<{ returnId: string; command: string }> {
    const cap = { sku: 'CAP-RED', price: 1_500, line: 7 }
    const returnId = bench().file({ units: [{ sku: 'TEE-BLK-M', price: 4_000 }, cap, cap] })
    await bench().run('asn sync')
    const one = (sku: string) => ({ sku, received: [{ disposition: 'available', quantity: 1 }] })
    bench().sandbox.masonhub.warehouse.receive(returnId, { lines: [one('TEE-BLK-M'), one('CAP-RED')] })
    return { returnId, command: `rma resolve ${returnId} --refund --only-arrived` }
  }
  const removals = () => bench().sandbox.requests.filter(({ path }) => path.endsWith('/remove')).length

  it('shows what is paid and what is not before it asks, and sends nothing when the answer is no', async () => {
    const { command } = await short()
    const run = await bench().run(command, { tty: true, answers: [false] })
    assert.equal(run.exit, 9)
    assert.match(
      run.stderr,
      /Paid\n[\s\S]*TEE-BLK-M[^\n]*40\.00 USD\n[\s\S]*CAP-RED[^\n]*15\.00 USD\n\nNot paid, and removed from the return\n[\s\S]*CAP-RED[^\n]*15\.00 USD\n\n/,
    )
    assert.match(
      run.stderr,
      /Paid: 55\.00 of 70\.00 USD by its lines\. Loop computes the amount that goes out:\s+shipping/,
    )
    assert.equal(removals(), 0)
  })

  it('with --dry-run shows the same and sends nothing; with --yes it shows it, and does it once', async () => {
    const { returnId, command } = await short()
    const dry = await bench().run(`${command} --dry-run`)
    assert.equal(dry.exit, 0, dry.stderr)
    assert.match(dry.stdout, /Not paid, and removed from the return[\s\S]*Nothing was sent/)
    const planned = await bench().run(`${command} -n --json`)
    assertObeysSchema(planned.json())
    assert.equal(removals(), 0)
    const done = await bench().run([...command.split(' '), '--yes', '--reason', 'shopper agreed'])
    assert.equal(done.exit, 0, done.stderr)
    assert.match(done.stderr, /Not paid, and removed from the return/)
    assert.match(done.stdout, /accepted/)
    assert.equal(removals(), 1)
    const again = await bench().run(`${command} --yes --json`)
    assert.equal(again.exit, 6)
    assert.equal(removals(), 1)
    const history = await bench().run(`rma history ${returnId}`)
    assert.match(history.stdout, /removes 31000000\d;\s+reason:\s+shopper\s+agreed/)
    assert.match(history.stdout, /remove\s+accepted/)
  })

  it('names the units in JSON', async () => {
    const { command } = await short()
    const run = await bench().run(`${command} --yes --json`)
    assertObeysSchema(run.json())
    const { results }: Results = run.json().data
    const { partial, outcome } = results[0] ?? assert.fail()
    assert.equal(outcome, 'accepted')
    assert.deepEqual(
      partial?.paid.map((unit) => [unit.sku, unit.refund, unit.kept]),
      [
        ['TEE-BLK-M', '40.00', false],
        ['CAP-RED', '15.00', false],
      ],
    )
    assert.deepEqual(
      partial?.removed.map(({ sku, refund }) => [sku, refund]),
      [['CAP-RED', '15.00']],
    )
    const plain: Results = (await bench().run(`rma resolve ${bench().file()} --refund -n --json`)).json().data
    assert.equal(plain.results[0]?.partial, null)
  })

  it('needs a confirmation where nobody can be asked, and the merchant’s name typed in production, even for one', async () => {
    const { command } = await short()
    assert.equal((await bench().run(command)).exit, 9)
    const env = { MHLOOP_ENVIRONMENT: 'production' }
    const run = await bench().run(command, { env, tty: true, answers: ['other'] })
    assert.equal(run.exit, 9, run.stderr)
    assert.equal(removals(), 0)
    const typed = await bench().run(command, { env, tty: true, answers: ['env'] })
    assert.equal(typed.exit, 0, typed.stderr)
    assert.equal(removals(), 1)
  })

  it('says why it is refused, with exit code 6', async () => {
    const whole = bench().file()
    await bench().run('asn sync')
    bench().sandbox.masonhub.warehouse.receive(whole)
    const run = await bench().run(`rma resolve ${whole} --refund --only-arrived --yes`)
    assert.equal(run.exit, 6)
    assert.match(run.stdout, /All units arrived: refund it whole/)
  })

  it('takes one return and no other request: everything else is a usage error with the command to type', async () => {
    const command = 'rma resolve 99904598 --refund --only-arrived'
    for (const wrong of [
      'rma resolve 99904598 --only-arrived',
      'rma resolve 99904598 --refund --unit 1',
      'rma resolve 99904598 --refund --reason "why"',
      `${command} --force --reason "why"`,
      'rma resolve --ready --refund --only-arrived',
      `${command} --flag`,
      `${command} --note "text"`,
      `${command} 99904599`,
      'rma resolve - --refund --only-arrived',
      `${command} --unit 1,1`,
      `${command} --unit one`,
      `${command} --unit ""`,
    ]) {
      const run = await bench().run(wrong)
      assert.equal(run.exit, 2, `${wrong}\n${run.stderr}`)
    }
    const several = await bench().run(`${command} 99904599`)
    assert.match(
      several.stderr,
      /--only-arrived takes exactly one return\.[\s\S]*mhloop rma resolve 99904598 --refund --only-arrived/,
    )
  })
})
