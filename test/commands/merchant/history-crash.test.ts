import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import type { SettingChange } from '../../../src/journal/journal.ts'
import { withLock } from '../../../src/merchants/profiles/lock.ts'
import { type Run, runMhloop } from '../../run.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { until } from '../../until.ts'
import { assertObeysSchema } from '../schemas.ts'

const program = fileURLToPath(new URL('../../cli/launch.ts', import.meta.url))
const keys = { MHLOOP_LOOP_API_KEY: 'loop-key-of-acme-1', MHLOOP_MASONHUB_TOKEN: 'masonhub-token-of-acme-1' }

describe('G11: a process that is killed between storing a setting and recording it', () => {
  const folder = temporaryFolder()
  const run = (argv: string[], env: Record<string, string> = {}): Promise<Run> =>
    runMhloop(argv, { configDir: folder(), dataDir: `${folder()}/data`, env })
  const history = async (): Promise<SettingChange[]> => {
    const ran = await run(['merchant', 'history', '-m', 'acme', '--json'])
    assertObeysSchema(ran.json())
    return ran.json().data.changes
  }
  const lock = () => `${folder()}/configuration.lock`
  const stored = async () => await readFile(`${folder()}/profiles.json`, 'utf8')
  const isBegun = async () => (await history()).some(({ what }) => what === 'set begun')

  beforeEach(async () => {
    const added = await run(
      ['merchant', 'add', 'acme', '--environment', 'sandbox', '--slug', 'acme', '--no-check', '--store', 'file'],
      keys,
    )
    assert.equal(added.exit, 0, added.stderr)
  })

  /** Runs `merchant set` in a separate process, and kills it once `reached` resolves. */
  async function killed(argv: string[], reached: () => Promise<void>): Promise<void> {
    const child = spawn(process.execPath, [program, ...argv], {
      env: {
        PATH: process.env.PATH,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
        MHLOOP_CONFIG_DIR: folder(),
        MHLOOP_DATA_DIR: `${folder()}/data`,
        MHLOOP_KEYCHAIN: 'off',
        SUDO_USER: 'ceo',
      },
      stdio: 'ignore',
    })
    const ended = once(child, 'exit')
    try {
      await Promise.race([reached(), ended.then(() => assert.fail('it ended before it could be killed'))])
    } finally {
      child.kill('SIGKILL')
      await ended
    }
  }

  const setting = ['merchant', 'set', '-m', 'acme', 'refunds-per-hour', '5']

  function assertRecorded(changes: readonly SettingChange[]): void {
    const [recorded] = changes
    assert.deepEqual(
      [recorded?.what, recorded?.setting, recorded?.before, recorded?.after],
      ['set begun', 'refunds-per-hour', '60', '5'],
    )
    assert.match(recorded?.actor ?? '', new RegExp(`^${userInfo().username}@`))
    assert.equal(recorded?.claimedActor, 'ceo')
  }

  it('G11 killed before it was stored: history and refunds status name who began, and that the end is unknown', async () => {
    await withLock(lock(), async () => await killed(setting, () => until(isBegun)))
    assert.doesNotMatch(await stored(), /"refundsPerHour": *5\b/)
    assertRecorded(await history())
    const status = (await run(['refunds', 'status', '-m', 'acme'])).stdout.replace(/\s+/g, ' ')
    assert.match(status, /Last change refunds-per-hour: 60 → 5, begun but perhaps not stored \(.*claimed: ceo/)
  })

  it('G11 killed after it was stored: who did it is not lost, and the next change is recorded as usual', async () => {
    const journal = new DatabaseSync(`${folder()}/data/journal.db`)
    try {
      await killed(setting, async () => {
        await withLock(lock(), async () => {
          await until(isBegun)
          // From now on nothing can be written to the journal, so the process can't record that it stored the change.
          journal.exec('begin immediate')
        })
        await until(async () => /"refundsPerHour": *5\b/.test(await stored()) && !existsSync(lock()))
      })
    } finally {
      journal.close()
    }
    assertRecorded(await history())
    assert.equal((await run(['merchant', 'set', '-m', 'acme', 'refunds-per-hour', '4'])).exit, 0)
    const [next, before] = await history()
    assert.deepEqual([next?.what, next?.before, next?.after], ['set', '5', '4'])
    assertRecorded([before as SettingChange])
  })

  it('G11 what was not stored because a check failed is not listed as begun', async () => {
    const recorded = await history()
    const refused = await run(['merchant', 'set', '-m', 'acme', 'loop-base-url', 'http://127.0.0.1:9/api/v1', '--yes'])
    assert.notEqual(refused.exit, 0)
    assert.deepEqual(await history(), recorded)
  })
})
