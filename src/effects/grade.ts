/**
 * Tells Loop what the warehouse found, unit by unit. A second request says the same as the first, so one that a read
 * shows to be lost is sent again. No money moves; but a shop may let a grade start its own automation, so none is sent
 * while a refund of the return is open (H43).
 */
import { dueGrades, gradeSettlement, type PastGrades } from '../core/grades/due-grades.ts'
import {
  type Displayed,
  dispositionDisplayed,
  type Grades,
  gradeDisplayed,
  type UnitDisposition,
  type UnitGrade,
} from '../core/grades/grade.ts'
import type { LoopReturn } from '../core/returns/return.ts'
import { nextWrite } from '../core/rmas/write-check.ts'
import { digestOf } from '../core/text/digest.ts'
import type { Effect } from '../journal/journal.ts'
import type { ActionAnswer } from '../loop/client.ts'
import { type EffectContext, nowOf } from './context.ts'
import { readAnswer } from './loop-answer.ts'
import type { Outcome } from './resolution.ts'
import { abandon, alone, claim, type Planned, type Protocol, plan, send } from './run.ts'

export type GradeKind = 'grade' | 'assess'

/** What is wanted of one return. */
export type Grading = {
  loopReturn: LoopReturn
  /** All effects of this return, as they are now. */
  effects: readonly Effect[]
  grades: Grades
  /** Identifies the receipt, or what a person asked for: what was told of it once is not told again. */
  digest: string
  /** A person asks for exactly this, so somebody's other value is overwritten, and no earlier try is a reason to wait. */
  explicit: boolean
}

/** Written to the journal. The notes of the warehouse are not: they are a shop's data, and the receipt has them. */
type Stored = { explicit: boolean; units: readonly StoredUnit[] }
type StoredUnit = { lineItemId: string } & Partial<Omit<UnitGrade & UnitDisposition, 'note'>>

type GradeItem = { kind: 'grade'; units: readonly UnitGrade[] } | { kind: 'assess'; units: readonly UnitDisposition[] }
type Sendable = { item: GradeItem; isFresh: () => boolean }

/** Records in the journal what has to be told, before anything may be sent: no crash forgets it. */
export async function planGrades(context: EffectContext, grading: Grading): Promise<Planned<GradeItem>[]> {
  const at = nowOf(context)
  const { merchant, actor } = context
  const { loopReturn, effects, digest, explicit } = grading
  const planned: Planned<GradeItem>[] = []
  for (const item of itemsOf(grading)) {
    const past = effects.filter(({ kind }) => kind === item.kind)
    if (item.units.length === 0) {
      await endPlanned(context, past, item.kind, loopReturn)
      continue
    }
    const payload: Stored = { explicit, units: item.units.map(({ note: _, ...unit }) => unit) }
    // What was planned for other units, or in other words, is replaced.
    const known = past.map((effect) =>
      effect.state === 'planned' && digestOf(effect.payload) !== digestOf(payload) ? { ...effect, digest: '' } : effect,
    )
    const next = nextWrite(known, digest, at, null, explicit)
    if (next.kind !== 'write') continue
    const older = past.filter(({ generation, state }) => next.supersede.includes(generation) && state === 'planned')
    if (older.length > 0) await abandon(context, older, 'Something else has to be told before it was sent.', at)
    const { generation } = next
    const effect = { merchant: merchant.name, returnId: loopReturn.returnId, kind: item.kind, generation } as const
    planned.push(...(await plan(context, [{ item, effect: { ...effect, digest, payload, actor } }], at)))
  }
  return planned
}

/** What is still due, by kind. */
function itemsOf({ loopReturn, effects, grades, digest, explicit }: Grading): GradeItem[] {
  const unitOf = unitsById(loopReturn)
  const due = <Unit extends { lineItemId: string }>(
    kind: GradeKind,
    desired: readonly Unit[],
    displayed: (unit: Unit) => Displayed,
  ): readonly Unit[] => {
    if (explicit) return desired.filter((unit) => displayed(unit) !== 'shown')
    return dueGrades(desired, displayed, pastOf<Unit>(effects, kind), digest)
  }
  return [
    { kind: 'grade', units: due('grade', grades.grades, (unit) => gradeNow(unitOf, unit)) },
    { kind: 'assess', units: due('assess', grades.dispositions, (unit) => dispositionNow(unitOf, unit)) },
  ]
}

function pastOf<Unit extends { lineItemId: string }>(effects: readonly Effect[], kind: GradeKind): PastGrades<Unit>[] {
  return effects
    .filter((effect) => effect.kind === kind)
    .map(({ digest, state, payload }) => {
      const { explicit, units } = payload as Stored
      return { digest, state, explicit, items: units as unknown as readonly Unit[] }
    })
}

/** Nothing is left to tell: Loop shows it, somebody has written something else, or its answers leave out what is there. */
async function endPlanned(context: EffectContext, past: readonly Effect[], kind: GradeKind, loopReturn: LoopReturn) {
  const planned = past.filter(({ state }) => state === 'planned')
  for (const effect of planned) {
    const displayed = displayedUnits(effect, kind, loopReturn)
    if (displayed.every((one) => one === 'shown')) {
      const change = { from: ['planned'] as const, to: 'confirmed' as const, evidence: 'Loop shows it already.' }
      await context.journal.effects.settle(effect.effectId, { ...change, at: nowOf(context), actor: context.actor })
    } else if (displayed.includes('not said')) {
      await abandon(context, [effect], 'Loop does not show whether somebody else has written something.')
    } else await abandon(context, [effect], 'Loop shows what somebody else has written.')
  }
}

export type GradesSent = { kind: GradeKind; outcome: Outcome; evidence: string }

/** Sends what was planned, one request after the other. `isFresh`: whether what it rests on was read lately (F9). */
export async function sendGrades(
  context: EffectContext,
  planned: readonly Planned<GradeItem>[],
  isFresh: () => boolean,
): Promise<GradesSent[]> {
  const sent: GradesSent[] = []
  for (const { item, effect } of planned) {
    const claimed = await claim(context, [{ item: { item, isFresh }, effect }], nowOf(context))
    const [answered] = await send(context, protocol, claimed)
    if (answered === undefined) {
      sent.push({ kind: item.kind, outcome: 'skipped', evidence: 'Another mhloop is telling Loop right now.' })
      continue
    }
    const { outcome, evidence } = readAnswer(answered.answer)
    sent.push({ kind: item.kind, outcome, evidence })
  }
  return sent
}

const protocol: Protocol<Sendable, ActionAnswer> = {
  send: alone(async ({ loop }, { item: { item, isFresh } }) =>
    item.kind === 'grade' ? await loop.grade(item.units, isFresh) : await loop.assess(item.units, isFresh),
  ),
  read: ({ answer }) => {
    // Loop's limiter answers before any work is done.
    if (answer.kind === 'refused' && answer.code === 'LOOP_RATE_LIMITED')
      return { to: 'planned', evidence: answer.text }
    if (answer.kind === 'accepted') return { to: 'accepted', evidence: 'Loop named every unit.' }
    return readAnswer(answer)
  },
}

/** Settles grades by what Loop shows now. Returns the effects as they are afterwards. */
export async function settleGrades(
  context: EffectContext,
  { loopReturn, effects, seenAt }: { loopReturn: LoopReturn | null; effects: readonly Effect[]; seenAt: string },
): Promise<Effect[]> {
  const now = nowOf(context)
  return await Promise.all(
    effects.map(async (effect) => {
      const { effectId, kind, state, sentAt, plannedAt, attempts } = effect
      if (kind !== 'grade' && kind !== 'assess') return effect
      if (state !== 'sent' && state !== 'accepted' && state !== 'in_doubt') return effect
      const displayed = displayedUnits(effect, kind, loopReturn)
      const found = gradeSettlement({ state, sentAt: sentAt ?? plannedAt }, displayed, { now, seenAt })
      if (found.to === 'wait') return effect
      // The reading says nothing about an attempt that was sent after it (F9).
      const change = { ...found, from: [state], attempts, at: now, actor: context.actor }
      const { journal } = context
      return (await journal.effects.settle(effectId, change)) ?? (await journal.effects.get(effectId)) ?? effect
    }),
  )
}

type Unit = LoopReturn['units'][number]

function unitsById(loopReturn: LoopReturn | null): (lineItemId: string) => Unit | undefined {
  const units = new Map((loopReturn?.units ?? []).map((unit) => [unit.lineItemId, unit]))
  return (lineItemId) => units.get(lineItemId)
}

type UnitOf = ReturnType<typeof unitsById>

/** Of a unit that the return no longer has, such as one that a `remove` took out, no answer says anything. */
function gradeNow(unitOf: UnitOf, desired: UnitGrade): Displayed {
  const unit = unitOf(desired.lineItemId)
  return unit === undefined ? 'not said' : gradeDisplayed(unit, desired)
}

function dispositionNow(unitOf: UnitOf, desired: UnitDisposition): Displayed {
  const unit = unitOf(desired.lineItemId)
  return unit === undefined ? 'not said' : dispositionDisplayed(unit, desired)
}

function displayedUnits({ payload }: Effect, kind: GradeKind, loopReturn: LoopReturn | null): Displayed[] {
  const unitOf = unitsById(loopReturn)
  const units = (payload as Stored).units as unknown as readonly (UnitGrade & UnitDisposition)[]
  return units.map((unit) => (kind === 'grade' ? gradeNow(unitOf, unit) : dispositionNow(unitOf, unit)))
}
