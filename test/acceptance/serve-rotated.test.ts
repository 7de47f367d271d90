import assert from 'node:assert/strict'
import { onBench } from '../commands/bench.ts'
import { runMhloop } from '../run.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { until } from '../until.ts'

describe('serve, while its secrets are rotated', () => {
  const folder = temporaryFolder()
  const bench = onBench()
  /** Stops `serve` after the test, also when it hangs. */
  let stop = Promise.withResolvers<void>()
  let isOver = false
  beforeEach(() => {
    stop = Promise.withResolvers<void>()
    isOver = false
  })
  afterEach(() => {
    isOver = true
    stop.resolve()
  })
  const run = (argv: string, env: Record<string, string> = {}) =>
    runMhloop(argv, { configDir: `${folder()}/config`, dataDir: `${folder()}/data`, env })

  it('goes on with the new token when MasonHub refuses the old one (API-005)', async () => {
    const { sandbox, file } = bench()
    const { loopApiKey, masonhubToken } = sandbox.world.installed
    const where = `--loop-base-url ${sandbox.loopBaseUrl} --masonhub-base-url ${sandbox.masonhubBaseUrl}`
    const keys = { MHLOOP_LOOP_API_KEY: loopApiKey, MHLOOP_MASONHUB_TOKEN: masonhubToken }
    const added = await run(`merchant add acme --environment sandbox --slug demo --no-check ${where}`, keys)
    assert.equal(added.exit, 0, added.stderr)
    assert.equal((await run('merchant set pull-every 1s')).exit, 0)
    const serving = runMhloop('serve --port 0 --no-resolve', {
      configDir: `${folder()}/config`,
      dataDir: `${folder()}/data`,
      interruptAfter: stop.promise,
    })
    const isAnnounced = (returnId: string) => () => isOver || sandbox.masonhub.rmas.current(returnId) !== undefined
    try {
      await until(isAnnounced(file()))
      const rotated = await run('merchant rotate masonhub --yes --json')
      assert.equal(rotated.json().data.oldIsRefused, true, rotated.stderr)
      await until(isAnnounced(file()))
    } finally {
      stop.resolve()
    }
    const { exit, stderr } = await serving
    assert.equal(exit, 0, stderr)
  })
})
