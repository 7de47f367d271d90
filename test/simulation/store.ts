/** The real journal on SQLite in memory, shared by all of our processes, one step of the world for each of its operations. */
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { exitCodes, Fault } from '../../src/core/fault.ts'
import type { Engine, Store } from '../../src/journal/engine.ts'
import type { Effect, Journal } from '../../src/journal/journal.ts'
import { journalOn } from '../../src/journal/open-journal.ts'
import type { Schema } from '../../src/journal/schema.ts'
import { sqliteDialect } from '../../src/journal/sqlite/dialect.ts'
import { migrate } from '../../src/journal/sqlite/migrations.ts'
import { befall, type Life } from './life.ts'
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
  close(): Promise<void>
}

export type RefundRow = { state: Effect['state']; sent_at: string | null; by_hand: number | null; merchant: string }

/** Nobody else has the file, so nothing is ever waited for, and no courtesy is due. */
function unhurried() {
  let now = 0
  return { now: () => (now += 1_000), sleep: async () => undefined, random: () => 0.5 }
}

const path = ':memory:'

const around = `select
  (select count(*) from effects where kind = 'process' and sent_at > strftime('%Y-%m-%dT%H:%M:%fZ', $at, '-1 hour')) as inHour,
  (select count(*) from effects where kind = 'process' and sent_at > strftime('%Y-%m-%dT%H:%M:%fZ', $at, '-1 day')) as inDay,
  (select count(*) from pauses) as pauses,
  (select count(*) from effects where kind = 'process' and by_hand = 1 and state in ('accepted', 'confirmed')) as byHand`

export async function openStores(world: World, onClaim: (effect: Effect) => void): Promise<Stores> {
  const database = new DatabaseSync(path)
  await migrate(database, path)
  database.prepare(`update meta set value = ? where name = 'installation_id'`).run(`simulated-${world.seed}`)
  const store: Store = new Kysely<Schema>({ dialect: sqliteDialect(database, path, unhurried()) })
  const condition: Engine['condition'] = async () => ({
    problems: [],
    settings: {},
    sizeBytes: 0,
    walBytes: 0,
    freeBytes: null,
  })
  const engineBy = (clock: { now(): Date }): Engine => ({
    name: 'sqlite',
    location: path,
    store,
    condition,
    takeTurns: async () => undefined,
    now: async () => clock.now().toISOString(),
    announce: async () => undefined,
    listen: async () => undefined,
    continueNumbering: async () => undefined,
    wipe: async () => undefined,
    snapshot: async () => undefined,
  })
  const journalBy = (clock: { now(): Date }) => journalOn(engineBy(clock), clock, newId)
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
  const refundRow = database.prepare(
    `select state, sent_at, by_hand, merchant from effects where kind = 'process' and return_id = ?`,
  )
  const refundsAround = database.prepare(around)
  let operations = 0

  /** Each call of a member is one step of the process: it may fail, and the process may die before it. */
  function stepwise<Group extends object>(life: Life, group: Group, prefix: string): Group {
    const members = Object.entries(group).map(([name, member]: [string, unknown]) => {
      if (typeof member === 'object' && member !== null) return [name, stepwise(life, member, `${name}.`)]
      if (typeof member !== 'function') return [name, member]
      return [
        name,
        (...values: unknown[]) =>
          life.step(world.now() + dice.between(0, 6), () => operate(life, prefix + name, () => member(...values))),
      ]
    })
    return Object.fromEntries(members) as Group
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
    committed: journalBy({ now: () => new Date(world.now()) }),
    refundRow: (returnId) => refundRow.get(returnId) as RefundRow | undefined,
    refundsAround: (at) => refundsAround.get({ at }) as ReturnType<Stores['refundsAround']>,
    get operations() {
      return operations
    },
    close: () => store.destroy(),
  }
}
