import type { Engine } from '../database/engine.ts'
import { before } from '../database/timestamp.ts'
import { type EffectState, effectStates } from '../effects/effect.ts'

export type JournalHealth = {
  engine: 'sqlite' | 'postgres'
  location: string
  schemaVersion: number
  /** What is wrong, one sentence each; empty when healthy. */
  problems: string[]
  /** Settings that durability depends on, as the database reports them: journal_mode, synchronous, … */
  settings: Record<string, string>
  sizeBytes: number
  /** Size of the write-ahead log, which a checkpoint has yet to move. */
  walBytes: number
  /** Free bytes on its disk; null when unknown. */
  freeBytes: number | null
  /** Effects sent over 15 minutes ago whose outcome is still not settled. */
  leftovers: number
  counts: { returns: number; effects: Record<EffectState, number>; events: number; history: number }
}

/** How long Loop may take to do what it accepted (F2); an effect that is unsettled for longer is reported. */
const longestWait = 15 * 60_000
/** With less free space than this, say so before writes fail (F46). */
const leastRoom = 256 * 1024 * 1024
/** A write-ahead log of this length means that checkpoints never finish: some process keeps an old read open. */
const longestLog = 256 * 1024 * 1024

export function healthOf(
  engine: Engine,
  clock: { now(): Date },
): (options?: { deep?: boolean }) => Promise<JournalHealth> {
  return async ({ deep = false } = {}) => {
    const condition = await engine.condition(deep)
    const { schemaVersion, ...counts } = await countsOf(engine)
    const leftovers = await leftoversOf(engine, before(clock.now().toISOString(), longestWait))
    const { problems, ...measured } = condition
    return {
      engine: engine.name,
      location: engine.location,
      schemaVersion,
      ...measured,
      leftovers,
      counts,
      problems: [...problems, ...problemsOf({ ...measured, leftovers })],
    }
  }
}

/** Problems that the numbers alone show. */
export function problemsOf({
  leftovers,
  freeBytes,
  walBytes,
}: Pick<JournalHealth, 'leftovers' | 'freeBytes' | 'walBytes'>) {
  const problems: string[] = []
  if (leftovers === 1) problems.push('One effect was sent over 15 minutes ago and is not settled.')
  if (leftovers > 1) {
    problems.push(`${leftovers} effects were sent over 15 minutes ago and are not settled.`)
  }
  if (freeBytes !== null && freeBytes < leastRoom) {
    problems.push(`Only ${megabytes(freeBytes)} MB are left on the journal's disk.`)
  }
  if (walBytes > longestLog) {
    problems.push(`The write-ahead log has grown to ${megabytes(walBytes)} MB: a process keeps an old read open.`)
  }
  return problems
}

function megabytes(bytes: number): number {
  return Math.floor(bytes / 1024 / 1024)
}

async function countsOf({ store }: Engine): Promise<JournalHealth['counts'] & { schemaVersion: number }> {
  const count = async (table: 'links' | 'events' | 'history') => {
    const query = store.selectFrom(table).select((column) => column.fn.countAll<number>().as('count'))
    return Number((await query.executeTakeFirstOrThrow()).count)
  }
  const states = await store
    .selectFrom('effects')
    .select((column) => ['state', column.fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute()
  const effects = Object.fromEntries(effectStates.map((state) => [state, 0])) as Record<EffectState, number>
  for (const row of states) effects[row.state] = Number(row.count)
  const version = await store
    .selectFrom('meta')
    .select('value')
    .where('name', '=', 'schema_version')
    .executeTakeFirstOrThrow()
  return {
    schemaVersion: Number(version.value),
    returns: await count('links'),
    effects,
    events: await count('events'),
    history: await count('history'),
  }
}

async function leftoversOf({ store }: Engine, sentBefore: string): Promise<number> {
  const { count } = await store
    .selectFrom('effects')
    .select((column) => column.fn.countAll<number>().as('count'))
    .where('state', 'in', ['sent', 'in_doubt'])
    .where('sent_at', '<', sentBefore)
    .executeTakeFirstOrThrow()
  return Number(count)
}
