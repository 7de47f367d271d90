/**
 * Loop at its worst (failures.md §2.1): the ground truth about returns, what people do to them, and what it reports.
 */
import { gradesIn } from './grades.ts'
import { isOfSeveral } from './kinds-of-worlds.ts'
import { start, type World } from './world.ts'

export type LoopState = 'open' | 'review' | 'closed' | 'cancelled' | 'expired'
export type Unit = {
  lineItemId: number
  sku: string
  reason: string
  parentReason: string | null
  /** `keep`: the unit never travels. */
  outcome: string
}
export type Label = {
  trackingNumber: string
  status: string
  at: number
  /** What Loop says is in it; undefined: every unit. */
  lineItemIds?: readonly number[]
}

/** Immutable: a change creates a new version, and a late read shows an old one. */
export type LoopVersion = {
  at: number
  updatedAt: number
  state: LoopState
  /** A flag that does not show as `review` (loop.md §10.9). */
  flagged: boolean
  units: readonly Unit[]
  labels: readonly Label[]
  wasProcessed: boolean
  refunds: number
}

/**
 * `hiddenUntil`: lists of earlier states lack it. `missedAt`: when a list lacked it although it had arrived. `isCopy`:
 * the network delivered the request twice.
 */
export type LoopNote = {
  id: number
  content: string
  at: number
  hiddenUntil: number
  missedAt: number[]
  isCopy: boolean
}

export type LoopReturn = {
  returnId: string
  orderName: string
  createdAt: number
  outcome: string
  amount: string
  destinationId: number
  paidBeforeInspection: boolean
  versions: LoopVersion[]
  notes: LoopNote[]
  /** Every `process` with our key that reached Loop, whatever its outcome. */
  processed: { at: number; accepted: boolean }[]
  /** Every `flag` with our key that reached Loop. */
  flags: { at: number; accepted: boolean }[]
  /** Payments: one per accepted call (C2). */
  paid: { at: number; by: 'api' | 'person' | 'shop' }[]
  /** When a person sent it back from review to open. */
  reopened: number[]
  /** A person has closed it without paying. */
  closedByPerson: boolean
  /** When its details were read. */
  reads: number[]
  /** When its units changed. */
  edited: number[]
  /** What was told of its units, by line item id. */
  findings: Map<number, { grade?: unknown; assess?: unknown }>
}

export type LoopMessage = { topic: 'return' | 'label' | 'return.processing'; trigger: string; record: LoopReturn }

export type PersonAct = 'edit' | 'cancel' | 'close' | 'pay' | 'flag' | 'reopen' | 'expire' | 'auto'

export type Loop = {
  readonly world: World
  readonly returns: Map<string, LoopReturn>
  /** Its clock, compared with the true time. */
  readonly skew: number
  /** How this shop's Loop behaves. */
  readonly habits: LoopHabits
  /** Files a return as a shopper does. */
  file(
    record: Pick<
      LoopReturn,
      'returnId' | 'orderName' | 'outcome' | 'amount' | 'destinationId' | 'paidBeforeInspection'
    >,
    units: readonly Unit[],
  ): LoopReturn
  label(record: LoopReturn, label: Label): void
  /** The carrier reports a status of one label. */
  moveLabel(record: LoopReturn, trackingNumber: string, status: string): void
  /** Stores what the warehouse found of one unit. */
  storeFinding(record: LoopReturn, kind: 'grade' | 'assess', lineItemId: number, item: Record<string, unknown>): void
  person(record: LoopReturn, act: PersonAct): void
  /** `mark`: the text that appears on the timeline, sooner or later. */
  process(record: LoopReturn, mark: string | null): 'accepted' | 'refused'
  /** Records a note, which may become visible only later. */
  note(record: LoopReturn, content: string): void
  flag(record: LoopReturn): 'accepted' | 'refused' | 'unchanged'
  onMessage(listener: (message: LoopMessage) => void): void
}

export type LoopHabits = {
  /** Details contain `was_processed`, `refund_before_inspection` and `destination_id`. */
  detailsShowAll: boolean
  pageSize: number
  asnBy: 'createdAt' | 'updatedAt'
  wrapsNotes: boolean
  saysText: boolean
  refusesSecondFlag: boolean
  hidesFlags: boolean
  notes: NoteHabits
  /** Whether the merchant tells Loop what was found, and whether details show it. */
  grades: { areOn: boolean; detailsShow: boolean }
}

/**
 * How a timeline behaves. Each list of notes shows all that were visible at one time; only `note hidden`, which worlds
 * of several installations don't have, hides single notes.
 */
export type NoteHabits = {
  /** Ids follow the order in which notes become visible, the order of arrival, or no order. */
  ids: 'as they show' | 'as they arrive' | 'any'
  newestFirst: boolean
  /** A note counts as a change of its return. */
  touchReturns: boolean
  /** When the reads, the writes or both do not work. */
  down: { from: number; to: number; what: 'reads' | 'writes' | 'both' } | null
}

const plainNotes: NoteHabits = { ids: 'as they arrive', newestFirst: false, touchReturns: false, down: null }

function someNoteHabits(world: World): NoteHabits {
  const random = world.random('timelines')
  const from = start + random.between(5, 450) * minute
  const what = random.pick<'reads' | 'writes' | 'both'>(['reads', 'writes', 'both'])
  const down = { from, to: from + random.between(2, 150) * minute, what }
  return {
    ids: random.pick(['as they show', 'as they arrive', 'any']),
    newestFirst: random.chance(0.5),
    touchReturns: random.chance(0.3),
    down: world.hits('notes down', 'all') ? down : null,
  }
}

const minute = 60_000

export function createLoop(world: World): Loop {
  const random = world.random('Loop')
  const returns = new Map<string, LoopReturn>()
  const listeners: ((message: LoopMessage) => void)[] = []
  const habits: LoopHabits = {
    detailsShowAll: random.chance(0.6),
    pageSize: random.chance(0.3) ? random.between(1, 5) : 750,
    asnBy: random.pick(['createdAt', 'updatedAt']),
    wrapsNotes: random.chance(0.5),
    saysText: random.chance(0.5),
    refusesSecondFlag: random.chance(0.5),
    hidesFlags: world.hits('flag hidden', 'all'),
    notes: isOfSeveral(world.seed) ? someNoteHabits(world) : plainNotes,
    grades: gradesIn(world.seed),
  }
  const skew = random.chance(0.7) ? 0 : random.between(-90_000, 90_000)

  function change(record: LoopReturn, changes: Partial<LoopVersion>, trigger: string | null = 'return.updated'): void {
    const before = current(record)
    // Whether a label changes it is unknown.
    const updatedAt =
      trigger?.startsWith('label.') && world.hits('label unannounced', [record.returnId])
        ? before.updatedAt
        : world.now() + skew
    record.versions.push({ ...before, updatedAt, ...changes, at: world.now() })
    world.note(`Loop ${record.returnId} ${Object.keys(changes).join(',')} ${current(record).state}`)
    if (trigger !== null) notify(record, trigger)
  }

  function notify(record: LoopReturn, trigger: string): void {
    const topic = trigger.startsWith('label')
      ? 'label'
      : trigger === 'return.processing.failed'
        ? 'return.processing'
        : 'return'
    for (const listener of listeners) listener({ topic, trigger, record })
  }

  function pay(record: LoopReturn, by: 'api' | 'person' | 'shop'): void {
    record.paid.push({ at: world.now(), by })
    const listed = record.outcome.includes('refund') ? 1 : 0
    const late = listed > 0 && world.hits('refund list late', [record.returnId])
    const refunds = current(record).refunds + (late ? 0 : listed)
    change(record, { wasProcessed: true, refunds, state: 'closed', flagged: false }, 'return.closed')
    if (!late) return
    world.at(world.now() + random.between(1, 20) * minute, () =>
      change(record, { refunds: current(record).refunds + listed }, null),
    )
  }

  /** Only queues; each accepted call pays, even if another one has closed the return meanwhile (C2). */
  function queue(record: LoopReturn, by: 'api' | 'person', mark: string | null = null): void {
    const slow = by === 'api' && world.hits('queue slow', [record.returnId])
    const delay = slow ? random.between(10, 45) * minute : random.delay(20_000, 8 * minute)
    world.at(world.now() + delay, () => {
      if (mark !== null) addNote(record, mark, 0)
      runJob(record, by)
    })
  }

  /** `lag`: milliseconds until it becomes visible. */
  function addNote(record: LoopReturn, content: string, lag: number, isCopy = false): void {
    const { notes } = record
    const at = world.now()
    const id = habits.notes.ids === 'any' ? world.random('timelines').below(1_000_000) : notes.length + 1
    const note = { id, content, at, hiddenUntil: lag === 0 ? 0 : at + lag, missedAt: [], isCopy }
    notes.push(note)
    if (habits.notes.touchReturns) change(record, {})
  }

  /** Whether a process body becomes a note at once, when its job runs, or never is unknown. */
  function markOf(record: LoopReturn): 'now' | 'with its job' | 'never' {
    if (world.hits('mark missing', [record.returnId])) return 'never'
    return world.hits('mark late', [record.returnId]) ? 'with its job' : 'now'
  }

  function runJob(record: LoopReturn, by: 'api' | 'person'): void {
    const { state } = current(record)
    const fails = by === 'api' && state === 'open' && world.hits('job fails', [record.returnId])
    const toReview = by === 'api' && state === 'open' && !fails && world.hits('job fails to review', [record.returnId])
    if (toReview) change(record, { state: 'review' })
    if (fails || toReview || state === 'cancelled') notify(record, 'return.processing.failed')
    else pay(record, by)
  }

  const acts: Record<PersonAct, { from: readonly LoopState[]; act(record: LoopReturn): void }> = {
    edit: { from: ['open'], act: edit },
    cancel: { from: ['open'], act: (record) => change(record, { state: 'cancelled' }) },
    close: {
      from: ['open', 'review'],
      act: (record) => {
        record.closedByPerson = true
        change(record, { state: 'closed', flagged: false }, 'return.closed')
      },
    },
    pay: { from: ['open', 'review'], act: (record) => queue(record, 'person') },
    flag: { from: ['open'], act: (record) => change(record, { state: 'review' }) },
    reopen: {
      from: ['review'],
      act: (record) => {
        record.reopened.push(world.now())
        change(record, { state: 'open', flagged: false })
      },
    },
    expire: { from: ['open'], act: (record) => change(record, { state: 'expired' }) },
    auto: { from: ['open'], act: (record) => pay(record, 'shop') },
  }

  function edit(record: LoopReturn): void {
    record.edited.push(world.now())
    change(record, { units: edited(record) })
  }

  function edited(record: LoopReturn): Unit[] {
    const units = [...current(record).units]
    const [first] = units
    if (first === undefined) return units
    const fresh = { ...first, lineItemId: 900_000 + random.below(90_000), sku: random.pick(['TEE', 'CAP', 'SOCKS']) }
    const kind = random.below(3)
    if (kind === 0) return [...units, fresh]
    return kind === 1 || units.length === 1 ? [fresh, ...units.slice(1)] : units.slice(1)
  }

  return {
    world,
    returns,
    skew,
    habits,
    file(record, units) {
      const at = world.now()
      const refunds =
        record.paidBeforeInspection && (!habits.detailsShowAll || record.outcome.includes('refund')) ? 1 : 0
      const first: LoopVersion = {
        at,
        updatedAt: at + skew,
        state: 'open',
        flagged: false,
        units,
        labels: [],
        wasProcessed: false,
        refunds,
      }
      const filed: LoopReturn = {
        ...record,
        createdAt: at + skew,
        versions: [first],
        notes: [],
        processed: [],
        flags: [],
        paid: [],
        reopened: [],
        edited: [],
        findings: new Map(),
        reads: [],
        closedByPerson: false,
      }
      if (record.paidBeforeInspection) filed.paid.push({ at, by: 'shop' })
      returns.set(record.returnId, filed)
      world.note(`Loop ${record.returnId} filed: ${units.map(({ sku }) => sku).join(' ')}`)
      notify(filed, 'return.created')
      return filed
    },
    label: (record, label) => change(record, { labels: [...current(record).labels, label] }, 'label.created'),
    storeFinding(record, kind, lineItemId, item) {
      const { condition_category, description, disposition_outcome } = item
      const value =
        kind === 'grade' ? { condition_category, description: description ?? null } : { disposition_outcome }
      record.findings.set(lineItemId, { ...record.findings.get(lineItemId), [kind]: value })
      change(record, {}, null)
    },
    moveLabel(record, trackingNumber, status) {
      const moved = (label: Label) =>
        label.trackingNumber === trackingNumber ? { ...label, status, at: world.now() } : label
      change(record, { labels: current(record).labels.map(moved) }, 'label.updated')
    },
    person(record, act) {
      const { from, act: carryOut } = acts[act]
      if (!from.includes(current(record).state)) return
      world.note(`someone: ${act} ${record.returnId}`)
      carryOut(record)
    },
    process(record, mark) {
      const { state, flagged } = current(record)
      const accepted = state === 'open' && !flagged
      record.processed.push({ at: world.now(), accepted })
      if (!accepted) return 'refused'
      const when = mark === null ? 'never' : markOf(record)
      queue(record, 'api', when === 'with its job' ? mark : null)
      if (when === 'now' && mark !== null) addNote(record, mark, 0)
      return 'accepted'
    },
    note(record, content) {
      const { returnId } = record
      const hidden = world.hits('note hidden', [returnId]) ? random.between(1, 10) * minute : 0
      const late = world.hits('note shows late', [returnId]) ? world.random('timelines').between(100, 30_000) : 0
      addNote(record, content, Math.max(hidden, late))
      if (!world.hits('note duplicated', [returnId])) return
      const copyAt = world.now() + world.random('timelines').between(10, 10 * minute)
      world.at(copyAt, () => addNote(record, content, 0, true))
    },
    flag(record) {
      const { state, flagged } = current(record)
      record.flags.push({ at: world.now(), accepted: state === 'open' || state === 'review' })
      if (state === 'review' || flagged) return 'unchanged'
      if (state !== 'open') return 'refused'
      change(record, habits.hidesFlags ? { flagged: true } : { state: 'review', flagged: true })
      return 'accepted'
    },
    onMessage: (listener) => void listeners.push(listener),
  }
}

export function current(record: LoopReturn): LoopVersion {
  const last = record.versions.at(-1)
  if (last === undefined) throw new Error('a return has a version')
  return last
}

/** The version that a read of this time shows; undefined before the return existed. */
export function versionAt({ versions }: LoopReturn, at: number): LoopVersion | undefined {
  return versions.findLast((version) => version.at <= at)
}
