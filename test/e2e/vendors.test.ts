/**
 * Everything that a vendor can do to an operator: the exit code, whose fault it is, and that nothing is lost
 * (docs/cli.md).
 */
import assert from 'node:assert/strict'
import { asking, onPlace, sideBySide } from './place.ts'

describe('wrong credentials end with 4, name whose they are, and lose nothing', () => {
  const here = onPlace()
  const cases: [string, 'loop' | 'masonhub', () => Record<string, string>, string, RegExp][] = [
    ['a wrong Loop key', 'loop', () => ({ MHLOOP_LOOP_API_KEY: 'wrong-key-1' }), 'LOOP_UNAUTHORIZED', /loop-api-key/],
    [
      'a wrong MasonHub token',
      'masonhub',
      () => ({ MHLOOP_MASONHUB_TOKEN: 'aaa.bbb.ccc' }),
      'MASONHUB_UNAUTHORIZED',
      /masonhub-token/,
    ],
    [
      'a wrong slug',
      'masonhub',
      () => ({
        MHLOOP_MASONHUB_SLUG: 'nobody',
        MHLOOP_MASONHUB_BASE_URL: here().bench.sandbox.masonhubBaseUrl.replace('/demo/', '/nobody/'),
      }),
      'MASONHUB_WRONG_SLUG',
      /slug/,
    ],
  ]
  for (const [name, vendor, env, code, hint] of cases) {
    it(`${name}, in every command that asks ${vendor}`, async () => {
      const returnId = here().bench.file()
      const failures = await Promise.all(asking(vendor, returnId).map((argv) => here().fails(4, argv, { env: env() })))
      for (const failure of failures) {
        assert.deepEqual([failure.code, failure.merchant], [code, 'env'])
        assert.match(failure.message, vendor === 'loop' ? /^Loop GET / : /^MasonHub /)
        assert.match(failure.hint ?? '', hint)
        assert.match(failure.stderr, new RegExp(`^ {2}${code} · merchant env$`, 'm'))
      }
      assert.equal(here().bench.sandbox.masonhub.rmas.size, 0)
      await here().jobStillCompletes(returnId)
    })
  }

  for (const status of [401, 403]) {
    it(`a key without the Returns scope (answered with ${status}): says so, and where to mend it`, async () => {
      const { faults } = here().bench.sandbox.world
      faults.set('loop.missing-scope-returns', 1)
      faults.set('loop.missing-scope-is-403', status === 403 ? 1 : 0)
      for (const failure of await Promise.all(asking('loop', '99904598').map((argv) => here().fails(4, argv)))) {
        assert.equal(failure.code, status === 403 ? 'LOOP_FORBIDDEN' : 'LOOP_UNAUTHORIZED')
        assert.match(failure.hint ?? '', /scopes/)
      }
    })
  }

  it('half an environment is 4 in every command, and names the variables that are missing', async () => {
    for (const argv of [
      ['asn', 'list'],
      ['rma', 'show', '1'],
      ['refunds', 'status'],
      ['merchant', 'show'],
    ]) {
      const failure = await here().fails(4, argv, { env: { MHLOOP_MASONHUB_TOKEN: '' } })
      assert.equal(failure.code, 'CREDENTIALS_MISSING')
      assert.match(failure.message, /MHLOOP_MASONHUB_TOKEN is not set/)
    }
  })
})

describe('a vendor that is down ends with 7, and says whose fault it is', () => {
  const here = onPlace()
  const down = {
    'loop.down': /^LOOP_UNREACHABLE$/,
    'masonhub.down': /^MASONHUB_UNREACHABLE$/,
    'loop.error-500': /^LOOP_SERVER_ERROR$/,
    'masonhub.error-429': /^MASONHUB_RATE_LIMITED$/,
    'masonhub.error-503': /^MASONHUB_SERVER_ERROR$/,
    'loop.html': /^LOOP_UNREADABLE$/,
    'loop.unknown-shape': /^LOOP_UNREADABLE$/,
    'loop.truncated': /^LOOP_UNREA/,
    'masonhub.truncated': /^MASONHUB_UNREA/,
    'loop.oversized': /^LOOP_UNREADABLE$/,
  } as const
  sideBySide(
    Object.keys(down) as (keyof typeof down)[],
    (fault) => `${fault} (F43, F44), in every command that asks it; afterwards nothing is lost`,
    async (fault, at) => {
      const vendor = fault.startsWith('loop') ? 'loop' : 'masonhub'
      const returnId = at.bench.file()
      const { faults } = at.bench.sandbox.world
      faults.set(fault, 1)
      const argvs = fault === 'loop.oversized' ? [['rma', 'show', returnId]] : asking(vendor, returnId)
      for (const failure of await Promise.all(argvs.map((argv) => at.fails(7, argv)))) {
        assert.match(failure.code, down[fault])
        assert.match(failure.message, vendor === 'loop' ? /^Loop / : /^MasonHub /)
        assert.notEqual(failure.hint, null)
        assert.equal(failure.merchant, 'env')
      }
      faults.set(fault, 0)
      assert.equal(at.bench.sandbox.masonhub.rmas.size, 0)
      await at.jobStillCompletes(returnId)
    },
  )

  sideBySide(
    ['masonhub.html'],
    (fault) => `${fault} is a page that may be maintenance: 7, and no wrong slug (H27)`,
    async (fault, at) => {
      const returnId = at.bench.file()
      at.bench.sandbox.world.faults.set(fault, 1)
      for (const { code } of await Promise.all(asking('masonhub', returnId).map((argv) => at.fails(7, argv)))) {
        assert.equal(code, 'MASONHUB_UNREADABLE')
      }
      at.bench.sandbox.world.faults.set(fault, 0)
      await at.jobStillCompletes(returnId)
    },
  )

  sideBySide(
    ['masonhub.redirect'],
    (fault) => `${fault} looks like a login page: 4, with the slug to check first`,
    async (fault, at) => {
      const returnId = at.bench.file()
      at.bench.sandbox.world.faults.set(fault, 1)
      for (const { code } of await Promise.all(asking('masonhub', returnId).map((argv) => at.fails(4, argv)))) {
        assert.equal(code, 'MASONHUB_WRONG_SLUG')
      }
      at.bench.sandbox.world.faults.set(fault, 0)
      await at.jobStillCompletes(returnId)
    },
  )

  sideBySide(
    [
      'loop.error-500',
      'loop.error-503',
      'loop.error-429',
      'masonhub.error-500',
      'masonhub.error-503',
      'masonhub.error-429',
    ],
    (fault) => `${fault} for a while is waited out: 0 (F44)`,
    async (fault, { bench: { file, sandbox, run } }) => {
      const returnId = file()
      sandbox.world.faults.set(fault, 1)
      const count = () => sandbox.requestCounts[fault.startsWith('loop') ? 'loop' : 'masonhub']
      const running = run(`rma show ${returnId} --json`)
      while (count() === 0) await new Promise(setImmediate)
      sandbox.world.faults.set(fault, 0)
      const { exit, json } = await running
      assert.deepEqual([exit, json().data.loop.state], [0, 'open'])
      assert.ok(count() > 1)
    },
  )

  it('no vendor at that address: 7, and blames this machine or the address, not the merchant', async () => {
    const env = { MHLOOP_LOOP_BASE_URL: 'http://127.0.0.1:1/api/2026-10' }
    const failure = await here().fails(7, ['asn', 'list'], { env })
    assert.match(failure.message, /^Loop GET .* failed: /)
    assert.match(failure.hint ?? '', /base URL/)
  })

  it('in the middle of a sync the rest is reported and kept: the next run completes it (F34)', async () => {
    const ids = Array.from({ length: 35 }, () => here().bench.file())
    const { sandbox } = here().bench
    const dataDir = `${here().folder}/data`
    sandbox.world.faults.set('masonhub.drop-next-create-answer', 1)
    const first = await here().bench.run('asn sync', { dataDir })
    assert.equal(first.exit, 8, first.stderr)
    assert.match(first.stdout, /Failed \(\d+\)/)
    assert.match(first.stdout, /IN_DOUBT/)
    assert.match(first.stdout, /mhloop rma show \d+/)
    const second = await here().bench.run('asn sync --json', { dataDir })
    assert.equal(second.exit, 0, second.stdout)
    assert.equal(sandbox.masonhub.rmas.size, ids.length)
    assert.equal(sandbox.masonhub.labelsBought.length, 0)
  })
})
