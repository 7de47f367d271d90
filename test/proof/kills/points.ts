import { type EffectKind, effectKinds, effectStates } from '../../../src/journal/journal.ts'

/** A command that the children run, side by side on one journal. */
export type Role = 'serve' | 'sync' | 'resolve'

/**
 * A place between two steps of the program where a child can be killed: just before a transaction commits, just after
 * it, before a request is sent, once its bytes have left, once its answer is read, once a message's answer has left.
 */
export type Point = {
  name: string
  /** Roles that pass it. */
  by: readonly Role[]
  /** Passed only when something unusual happened before; not in every run. */
  rare: boolean
  /** Normal test runs kill here. */
  first: boolean
}

const commits = (what: string) => [`${what}: before commit`, `${what}: after commit`]
const request = (what: string) => [`${what}: before sending`, `${what}: sent`, `${what}: answered`]

/** Only the very first child passes it: that one creates the journal. */
const firstMigration = 'migrate'
export const migrationPoints = commits(firstMigration)

const all: readonly Role[] = ['serve', 'sync', 'resolve']
const announcing: readonly Role[] = ['serve', 'sync']
const resolving: readonly Role[] = ['serve', 'resolve']

/** What the journal writes while nothing, or almost nothing, goes wrong. */
const steps: readonly (readonly [what: string, by: readonly Role[]])[] = [
  ['plan process', resolving],
  ['claim process', resolving],
  ['win claim', resolving],
  ['settle process accepted', resolving],
  ['settle process confirmed', resolving],
  ['settle process in_doubt', resolving],
  ['plan flag', resolving],
  ['claim flag', resolving],
  ['settle flag accepted', resolving],
  ['settle flag confirmed', resolving],
  ['plan note', resolving],
  ['claim note', resolving],
  ['settle note confirmed', resolving],
  ['acquire lease', resolving],
  ['release lease', resolving],
  ['append history', resolving],
  ['plan rma.create', announcing],
  ['claim rma.create', announcing],
  ['settle rma.create accepted', announcing],
  ['settle rma.create confirmed', all],
  ['settle rma.create in_doubt', announcing],
  ['plan rma.update', announcing],
  ['claim rma.update', announcing],
  ['settle rma.update accepted', announcing],
  ['settle rma.update confirmed', all],
  ['plan rma.delete', announcing],
  ['claim rma.delete', announcing],
  ['settle rma.delete accepted', announcing],
  ['settle rma.delete confirmed', announcing],
  ['see returns', announcing],
  ['file returns', all],
  ['advance cursor', announcing],
  ['store message', ['serve']],
  ['take messages', ['serve']],
  ['settle message done', ['serve']],
]

/** Where money could move twice or a message be lost. */
const first = new Set([
  'claim process: after commit',
  'claim: sent',
  'win claim: after commit',
  'process: before sending',
  'process: sent',
  'process: answered',
  'settle process accepted: after commit',
  'note: sent',
  'rma.create: sent',
  'store message: after commit',
  'message: answered',
])

const requests: readonly (readonly [what: string, by: readonly Role[]])[] = [
  ['claim', resolving],
  ['read notes', resolving],
  ['process', resolving],
  ['flag', resolving],
  ['note', resolving],
  ['rma.create', announcing],
  ['rma.update', announcing],
  ['rma.delete', announcing],
  ['read Loop', all],
  ['read MasonHub', all],
]

const usual = [
  ...steps.flatMap(([what, by]) => commits(what).map((name) => ({ name, by }))),
  ...requests.flatMap(([what, by]) => request(what).map((name) => ({ name, by }))),
  { name: 'message: answered', by: ['serve'] as const },
  ...commits(firstMigration).map((name) => ({ name, by: all })),
].map((point): Point => ({ ...point, rare: false, first: first.has(point.name) }))

/** Kinds that no child of the kill loop sends, so that none can die there. */
const unsent = new Set<EffectKind>(['remove', 'grade', 'assess', 'label', 'report'])

/** Every legal end of an effect, even a rare one. */
const unusual: readonly Point[] = [
  ...effectKinds
    .filter((kind) => !unsent.has(kind))
    .flatMap((kind) => effectStates.map((state) => `settle ${kind} ${state}`)),
  'settle message new',
  'settle message quarantined',
  'give up claim',
  'give messages back',
  'forget bodies',
]
  .flatMap(commits)
  .filter((name) => !usual.some((point) => point.name === name))
  .map((name) => ({ name, by: all, rare: true, first: false }))

/**
 * Every crash point. A run fails when a point that is not rare was never reached, or when a process passed a point that
 * is not listed.
 */
export const points: readonly Point[] = [...usual, ...unusual]
