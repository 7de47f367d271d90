/** The real journal on SQLite in memory, which all of our processes share; each operation is one step of the world. */
import { Fault } from '../../src/core/errors/fault.ts'
import { inTransaction } from '../../src/journal/database/engine.ts'
import type { Effect, Journal } from '../../src/journal/journal.ts'
import { copyInto } from '../../src/journal/maintenance/backup.ts'
import { copyAll } from '../../src/journal/maintenance/copy.ts'
import { journalOn } from '../../src/journal/open-journal.ts'
import { copyExactly, type Memory, openMemory } from './memory.ts'
import type { Acknowledged } from './messages.ts'
import { injectFaults, type SimulatedProcess } from './simulated-process.ts'
import type { World } from './world.ts'

export type Stores = {
  /** The installation id of the journal. */
  readonly installationId: string
  /** The journal as one process uses it; `onClaim` is called for each refund that it has claimed. */
  journalOf(simulated: SimulatedProcess, onClaim: (effect: Effect) => void): Journal
  /** The committed state, for the checker; reading it is no step of the world. */
  readonly committed: Journal
  /** The one refund row of a return, read at once. */
  refundRow(merchant: string, returnId: string): RefundRow | undefined
  /** The names that have worked with the account. */
  joined(): string[]
  /** What limits refunds, as committed now; counted by the checker's own queries. */
  refundsAround(at: string): { inHour: number; inDay: number; pauses: number; explicit: number }
  readonly operations: number
  /** Every event that was acknowledged to its sender. */
  readonly acknowledged: Acknowledged[]
  /** The period whose changes the journal has lost. */
  readonly forgotten: { from: number; to: number }
  /** It began as a copy of another journal, and knows what that one did until then. */
  readonly isCopy: boolean
  /** Saves a copy of everything, and later restores it in place, as `journal restore` does (F11). */
  backUp(): Promise<void>
  restore(): Promise<void>
  /** The backup in an empty journal, where another journal has taken this one's place meanwhile. */
  restored(): Promise<Stores>
  /** A copy of its files: another journal with the same installation id. */
  copy(): Promise<Stores>
  close(): Promise<void>
}

export type RefundRow = { state: Effect['state']; sent_at: string | null; by_hand: number | null; merchant: string }

type Actor = { simulated: SimulatedProcess; onClaim: (effect: Effect) => void }
type Pages = (...values: unknown[]) => AsyncIterable<unknown>

const ofReturn = `select state, sent_at, by_hand, merchant from effects where kind in ('process', 'remove') and merchant = ? and return_id = ?`
const around = `select
  (select count(*) from effects where kind in ('process', 'remove') and sent_at > strftime('%Y-%m-%dT%H:%M:%fZ', $at, '-1 hour')) as inHour,
  (select count(*) from effects where kind in ('process', 'remove') and sent_at > strftime('%Y-%m-%dT%H:%M:%fZ', $at, '-1 day')) as inDay,
  (select count(*) from pauses) as pauses,
  (select count(*) from effects where kind in ('process', 'remove') and by_hand = 1 and state in ('accepted', 'confirmed')) as byHand`

const names = `select coalesce(group_concat(distinct merchant), '') as names from accounts`

/** An empty journal. `place` distinguishes it from the world's others. */
export async function openStores(world: World, place = 0): Promise<Stores> {
  const number = String(place * 10_000_000 + (world.seed % 10_000_000)).padStart(12, '0')
  const installationId = `5eed0000-0000-4000-8000-${number}`
  return storesOn(world, installationId, await openMemory(installationId))
}

function storesOn(world: World, installation: string, first: Memory, isCopy = false): Stores {
  let memory = first
  let backup: Memory | null = null
  /** Replaced databases that a process may still have open. */
  const replaced: Memory[] = []
  const trueTime = { now: () => new Date(world.now()) }
  const journalBy = (clock: { now(): Date }) => journalOn(memory.engineBy(clock), clock, newId)
  const ids = world.random('ids')
  const newId = () =>
    [0, 0]
      .map(() =>
        ids
          .below(2 ** 32)
          .toString(16)
          .padStart(8, '0'),
      )
      .join('')
  const random = world.random('disk')
  let operations = 0
  const acknowledged: Acknowledged[] = []
  const forgotten = { from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY }

  /** Each call of a member is one step of the process: it may fail, and the process may be killed before it. */
  function stepwise<Group extends object>(actor: Actor, group: Group, prefix: string): Group {
    const { simulated } = actor
    const members = Object.entries(group).map(([name, member]: [string, unknown]) => {
      if (typeof member === 'object' && member !== null) return [name, stepwise(actor, member, `${name}.`)]
      // It waits for nothing, so it is no step.
      if (typeof member !== 'function' || name === 'isInPlace') return [name, member]
      if (name === 'outline') return [name, pagesIn(actor, prefix + name, member as Pages)]
      return [
        name,
        (...values: unknown[]) =>
          simulated.step(world.now() + random.between(0, 6), () =>
            operate(actor, prefix + name, () => member(...values)),
          ),
      ]
    })
    return Object.fromEntries(members) as Group
  }

  /** All pages in one step. */
  function pagesIn(actor: Actor, name: string, pages: Pages): Pages {
    return async function* (...values) {
      const read = () => operate(actor, name, () => Array.fromAsync(pages(...values)))
      yield* (await actor.simulated.step(world.now() + random.between(0, 6), read)) as unknown[]
    }
  }

  async function operate({ simulated, onClaim }: Actor, name: string, work: () => unknown): Promise<unknown> {
    injectFaults(world, simulated)
    if (!simulated.alive) return await new Promise(() => undefined)
    operations += 1
    if (world.hits('journal fails', 'all')) {
      throw new Fault('The journal was kept locked.', { code: 'JOURNAL_BUSY' })
    }
    const result = await work()
    world.note(`${simulated.name} ${name}`)
    if (name === 'effects.claimRefund') {
      const claim = result as Awaited<ReturnType<Journal['effects']['claimRefund']>>
      if (claim.claimed) onClaim(claim.effect)
    }
    return result
  }

  /** As `journal restore` does: refunds are in quarantine until everything was read (F11). */
  async function fromBackup(): Promise<Memory> {
    if (backup === null) throw new Error('there is no backup')
    const fresh = await openMemory(installation)
    const by = { actor: 'ann', at: trueTime.now().toISOString() }
    const held = async () => ({ held: [null], reported: [] })
    await copyInto(fresh.engineBy(trueTime), backup.engineBy(trueTime), by, 'restored from a backup', held)
    return fresh
  }

  return {
    installationId: installation,
    journalOf: (simulated, onClaim) =>
      stepwise({ simulated, onClaim }, journalBy({ now: () => new Date(simulated.now()) }), ''),
    get committed() {
      return journalBy(trueTime)
    },
    refundRow: (merchant, returnId) => memory.first(ofReturn, merchant, returnId) as RefundRow | undefined,
    joined: () => (memory.first(names) as { names: string }).names.split(','),
    refundsAround: (at) => memory.first(around, { at }) as ReturnType<Stores['refundsAround']>,
    async backUp() {
      if (backup !== null) replaced.push(backup)
      backup = await copyOf(memory, installation)
    },
    async restore() {
      const fresh = await fromBackup()
      replaced.push(memory)
      memory = fresh
    },
    async restored() {
      const stores = storesOn(world, installation, await fromBackup())
      stores.acknowledged.push(...acknowledged)
      Object.assign(stores.forgotten, forgotten)
      return stores
    },
    isCopy,
    acknowledged,
    forgotten,
    copy: async () => storesOn(world, installation, await copyExactly(memory, installation), true),
    get operations() {
      return operations
    },
    async close() {
      for (const one of [memory, backup, ...replaced]) one?.release()
    },
  }
}

async function copyOf(memory: Memory, installation: string): Promise<Memory> {
  const copy = await openMemory(installation)
  const clock = { now: () => new Date() }
  await inTransaction(copy.engineBy(clock).store, (writing) => copyAll(memory.engineBy(clock).store, writing))
  return copy
}
