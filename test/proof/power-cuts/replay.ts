import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Fault } from '../../../src/core/errors/fault.ts'
import type { EffectState } from '../../../src/journal/journal.ts'
import { openJournal } from '../../../src/journal/open-journal.ts'
import { createDisk, type Loss, type Random } from './disk.ts'
import type { Report } from './report.ts'
import type { Step } from './trace.ts'

export type Replayed = { points: number; cuts: Record<Loss, number>; violations: string[] }

export type ReplayOptions = {
  /** The folder for the files after a cut. */
  folder: string
  random: Random
  /** Whether to cut at this point, by its index among the steps. */
  isSelected(point: number): boolean
  done(points: number): void
  signal: AbortSignal
}

/**
 * Cuts the power after every chosen step, with each kind of loss of unsynced writes, and opens the journal on what is
 * left.
 */
export async function replay(
  steps: readonly Step[],
  { folder, random, isSelected, done, signal }: ReplayOptions,
): Promise<Replayed> {
  const disk = createDisk()
  const promised = promises()
  const replayed: Replayed = { points: 0, cuts: { all: 0, nothing: 0, some: 0 }, violations: [] }
  for (const [point, step] of steps.entries()) {
    if (signal.aborted) break
    disk.take(step)
    if (step.do === 'told') promised.take(step.report)
    if (!isSelected(point)) continue
    replayed.points += 1
    for (const loss of lossesAfter(step)) {
      disk.cut(folder, loss, random)
      replayed.cuts[loss] += 1
      const broken = await brokenIn(folder, promised)
      replayed.violations.push(
        ...broken.map((what) => `cut after step ${point} (${describe(step)}), ${loss} lost: ${what}`),
      )
    }
    done(replayed.points)
  }
  return replayed
}

/** Between two syncs, losing everything always leaves the same files; it is tested only after a promise or a sync. */
function lossesAfter(step: Step): Loss[] {
  switch (step.do) {
    case 'told':
      return ['all']
    case 'sync':
      return ['all', 'some']
    case 'create':
    case 'unlink':
    case 'write':
    case 'truncate':
      return ['nothing', 'some']
  }
}

function describe(step: Step): string {
  if (step.do === 'told') return `told ${JSON.stringify(step.report)}`
  const where = step.do === 'write' ? ` at ${step.offset}, ${step.bytes.length} bytes` : ''
  return `${step.do} ${step.path || 'folder'}${where}`
}

type Promises = { opened: boolean; stored: Set<string>; effects: Map<string, EffectState>; take(report: Report): void }

/** Everything that the journal has acknowledged so far; it must survive any cut. */
function promises(): Promises {
  const made: Promises = {
    opened: false,
    stored: new Set(),
    effects: new Map(),
    take(report) {
      if (report.what === 'opened') made.opened = true
      else if (report.what === 'stored') made.stored.add(report.digest)
      else made.effects.set(report.effectId, report.state)
    },
  }
  return made
}

/** States that an effect may reach between two acknowledged steps. */
const further: Partial<Record<EffectState, readonly EffectState[]>> = {
  planned: ['sent', 'accepted', 'in_doubt'],
  sent: ['accepted', 'in_doubt'],
}

async function brokenIn(folder: string, promised: Promises): Promise<string[]> {
  const path = join(folder, 'journal.db')
  try {
    const journal = await openJournal(`sqlite:${path}`, { dataDir: folder })
    // The last connection that closes would move the whole log into the file, which takes longer than everything else.
    const other = new DatabaseSync(path, { readOnly: true })
    other.prepare('select 1 from meta').get()
    try {
      const effects = new Map((await journal.effects.find({})).map((effect) => [effect.effectId, effect.state]))
      const stored = new Set((await journal.events.find({})).map(({ digest }) => digest))
      const { problems } = await journal.health({ deep: true })
      return [
        ...[...promised.stored]
          .filter((digest) => !stored.has(digest))
          .map((digest) => `message ${digest} is forgotten`),
        ...[...promised.effects].flatMap(([id, state]) => {
          const found = effects.get(id)
          if (found === state || (found !== undefined && further[state]?.includes(found))) return []
          return [`effect ${id} was ${state}, and is ${found ?? 'forgotten'}`]
        }),
        ...problems.filter((problem) => problem.startsWith('The file is damaged')),
      ]
    } finally {
      await journal.close()
      other.close()
    }
  } catch (error) {
    return [error instanceof Fault ? `${error.code}: ${error.message}` : String(error)]
  }
}
