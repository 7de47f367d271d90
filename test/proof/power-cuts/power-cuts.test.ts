/** A sample of `npm run prove -- --only power-cuts`, and bugs that it must find. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRandom } from '../../../src/sandbox/random.ts'
import { sized } from '../../size.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { type Replayed, replay } from './replay.ts'
import { record, type Step, whyNotHere } from './trace.ts'

/** Cuts at one of this many points. */
const every = sized(12, 6)

describe('power cuts (F10)', () => {
  const folder = temporaryFolder()

  before(async function () {
    const hindrance = whyNotHere()
    if (hindrance === null) return
    process.stderr.write(`skipped: ${hindrance}\n`)
    this.skip()
  })

  const cutAt = (recorded: readonly Step[], isSelected: (point: number) => boolean): Promise<Replayed> =>
    replay(recorded, {
      folder: join(folder(), 'remains'),
      random: createRandom(1).next,
      isSelected,
      done: () => undefined,
      signal: new AbortController().signal,
    })

  it('nothing that was acknowledged or sent is forgotten, wherever the power fails (F10, F26)', async () => {
    const steps = await record(folder(), 30)
    const { points, violations } = await cutAt(steps, (point) => point % every === 0)
    assert.deepEqual(violations, [])
    assert.ok(points > 1_800 / every)
  }).timeout(1_800_000)

  it('names are on the disk before anything is promised; log and file never overtake each other', async () => {
    const { broken, promises, checkpoints } = orderOf(await record(folder(), 80))
    assert.deepEqual(broken, [])
    assert.ok(promises > 300 && checkpoints > 0)
  }).timeout(1_800_000)

  it('a journal that syncs less is found out', async () => {
    const halfSynced = await record(folder(), 10, fileURLToPath(new URL('./half-synced.ts', import.meta.url)))
    const { violations } = await cutAt(halfSynced, (point) => halfSynced[point]?.do === 'told')
    assert.match(violations.join('\n'), /effect \w+ was sent, and is (planned|forgotten)/)
    assert.match(violations.join('\n'), /message digest-\d+ is forgotten/)
  }).timeout(1_800_000)
})

/** Writes of a recorded run in the wrong order, and how many writes the check covers. */
function orderOf(steps: readonly Step[]): { broken: string[]; promises: number; checkpoints: number } {
  const unsynced = new Set<string>()
  const broken = steps.flatMap((step) => {
    const found = overtaken(step, unsynced)
    if (step.do === 'sync') unsynced.delete(step.path)
    else if (step.do === 'write' || step.do === 'truncate') unsynced.add(step.path)
    // A new name is a write to its folder.
    else if (step.do === 'create') unsynced.add('')
    return found
  })
  const first = steps.findIndex((step) => step.do === 'told')
  // Once something was acknowledged, only a checkpoint writes to the main file.
  const checkpoints = steps.slice(first).filter((step) => step.do === 'write' && step.path === 'journal.db').length
  return { broken, promises: steps.filter((step) => step.do === 'told').length, checkpoints }
}

/** A checkpoint moves only what is surely in the log; the log restarts only once the main file surely has all of it. */
function overtaken(step: Step, unsynced: ReadonlySet<string>): string[] {
  if (step.do === 'told' && unsynced.size > 0) return [`promised before ${[...unsynced]} was synced`]
  if (step.do !== 'write') return []
  if (step.path === 'journal.db' && unsynced.has('journal.db-wal'))
    return ['the file was written before its log was synced']
  if (step.path === 'journal.db-wal' && step.offset === 0 && unsynced.has('journal.db'))
    return ['the log was begun anew before the file was synced']
  return []
}
