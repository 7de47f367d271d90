/** The real journal on SQLite in memory, shared by all of our processes, one step of the world for each of its operations. */
import { exitCodes, Fault } from '../../src/core/fault.ts'
import { copyInto } from '../../src/journal/backup.ts'
import { copyAll } from '../../src/journal/copy.ts'
import { written } from '../../src/journal/engine.ts'
import type { Effect, Journal } from '../../src/journal/journal.ts'
import { journalOn } from '../../src/journal/open-journal.ts'
import { befall, type Life } from './life.ts'
import { type Memory, openMemory } from './memory.ts'
import type { World } from './world.ts'

export type Stores = {
  /** The journal as one process has it. */
  journalOf(life: Life): Journal
  /** What is committed, for the checker: nothing of it is a step. */
  readonly committed: Journal
  /** The one refund row of a return, read at once. */
  refundRow(returnId: string): RefundRow | undefined
  /** What bounds refunds, as committed at this moment: counted by means of the checker's own. */
  refundsAround(at: string): { inHour: number; inDay: number; pauses: number; byHand: number }
  readonly operations: number
  /** Keeps a copy of everything, and later puts it in the place of what is there, as `journal restore` does (F11). */
  backUp(): Promise<void>
  restore(): Promise<void>
  close(): Promise<void>
}

export type RefundRow = { state: Effect['state']; sent_at: string | null; by_hand: number | null; merchant: string }

type Pages = (...values: unknown[]) => AsyncIterable<unknown>

const ofReturn = `select state, sent_at, by_hand, merchant from effects where kind = 'process' and return_id = ?`
const around = `select
  (select count(*) from effects where kind = 'process' and sent_at > strftime('%Y-%m-%dT%H:%M:%fZ', $at, '-1 hour')) as inHour,
  (select count(*) from effects where kind = 'process' and sent_at > strftime('%Y-%m-%dT%H:%M:%fZ', $at, '-1 day')) as inDay,
  (select count(*) from pauses) as pauses,
  (select count(*) from effects where kind = 'process' and by_hand = 1 and state in ('accepted', 'confirmed')) as byHand`

export async function openStores(world: World, onClaim: (effect: Effect) => void): Promise<Stores> {
  const installation = `simulated-${world.seed}`
  let memory = await openMemory(installation)
  let backup: Memory | null = null
  const trueTime = { now: () => new Date(world.now()) }
  const journalBy = (clock: { now(): Date }) => journalOn(memory.engineBy(clock), clock, newId)
  const ids = world.dice('ids')
  const newId = () =>
    [0, 0]
      .map(() =>
        ids
          .below(2 ** 32)
          .toString(16)
          .padStart(8, '0'),
      )
      .join('')
  const dice = world.dice('disk')
  let operations = 0

  /** Each call of a member is one step of the process: it may fail, and the process may die before it. */
  function stepwise<Group extends object>(life: Life, group: Group, prefix: string): Group {
    const members = Object.entries(group).map(([name, member]: [string, unknown]) => {
      if (typeof member === 'object' && member !== null) return [name, stepwise(life, member, `${name}.`)]
      if (typeof member !== 'function') return [name, member]
      if (name === 'outline') return [name, pagesIn(life, prefix + name, member as Pages)]
      return [
        name,
        (...values: unknown[]) =>
          life.step(world.now() + dice.between(0, 6), () => operate(life, prefix + name, () => member(...values))),
      ]
    })
    return Object.fromEntries(members) as Group
  }

  /** All pages in one step. */
  function pagesIn(life: Life, name: string, pages: Pages): Pages {
    return async function* (...values) {
      const read = () => operate(life, name, () => Array.fromAsync(pages(...values)))
      yield* (await life.step(world.now() + dice.between(0, 6), read)) as unknown[]
    }
  }

  async function operate(life: Life, name: string, work: () => unknown): Promise<unknown> {
    befall(world, life)
    if (!life.alive) return await new Promise(() => undefined)
    operations += 1
    if (world.hits('journal fails', 'all')) {
      throw new Fault('The journal was kept locked.', { code: 'JOURNAL_BUSY', exit: exitCodes.ours, blame: 'machine' })
    }
    const result = await work()
    world.note(`${life.name} ${name}`)
    if (name === 'effects.claimRefund') {
      const claim = result as Awaited<ReturnType<Journal['effects']['claimRefund']>>
      if (claim.claimed) onClaim(claim.effect)
    }
    return result
  }

  return {
    journalOf: (life) => stepwise(life, journalBy({ now: () => new Date(life.now()) }), ''),
    get committed() {
      return journalBy(trueTime)
    },
    refundRow: (returnId) => memory.database.prepare(ofReturn).get(returnId) as RefundRow | undefined,
    refundsAround: (at) => memory.database.prepare(around).get({ at }) as ReturnType<Stores['refundsAround']>,
    async backUp() {
      backup = await copyOf(memory, installation)
    },
    async restore() {
      if (backup === null) return
      const fresh = await openMemory(installation)
      const by = { actor: 'ann', at: trueTime.now().toISOString() }
      const held = async () => ({ held: [null], told: [] })
      await copyInto(fresh.engineBy(trueTime), backup.engineBy(trueTime), by, 'restored from a backup', held)
      memory = fresh
    },
    get operations() {
      return operations
    },
    async close() {
      memory.database.close()
      backup?.database.close()
    },
  }
}

async function copyOf(memory: Memory, installation: string): Promise<Memory> {
  const copy = await openMemory(installation)
  const clock = { now: () => new Date() }
  await written(copy.engineBy(clock).store, (writing) => copyAll(memory.engineBy(clock).store, writing))
  return copy
}
