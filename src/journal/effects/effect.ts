/**
 * Why a refund that this journal has not sent is left to a person:
 * - `MAYBE_SENT`: the journal came from a backup, and may have forgotten it (F11);
 * - `CLAIMED_ELSEWHERE`: another installation has claimed it on Loop's timeline, or has sent it (G1);
 * - `CLAIM_UNSEEN`: this installation's own claims never showed there, or a run died before its claim did (G1).
 */
export type ParkedBecause = 'MAYBE_SENT' | 'CLAIMED_ELSEWHERE' | 'CLAIM_UNSEEN'

/**
 * `process` and `remove` move money (core/refunds/refund-kinds.ts). `grade` and `assess` tell Loop what the warehouse
 * found, `label` asks for a label, `report` reports a fraud.
 */
export const effectKinds = [
  'rma.create',
  'rma.update',
  'rma.delete',
  'process',
  'flag',
  'note',
  'remove',
  'grade',
  'assess',
  'label',
  'report',
] as const

export type EffectKind = (typeof effectKinds)[number]

/**
 * planned → sent → accepted → confirmed, with the exits refused, in_doubt, parked and abandoned.
 * - `sent`: committed with a full sync before the request; a crash leaves this state, and it then counts as in doubt.
 * - `accepted`: the vendor said yes, but does not show it yet.
 * - `parked`: can't be settled by reading; a person decides, with the evidence.
 * - `abandoned`: planned, but no longer wanted; never sent.
 */
export const effectStates = [
  'planned',
  'sent',
  'accepted',
  'confirmed',
  'refused',
  'in_doubt',
  'parked',
  'abandoned',
] as const

export type EffectState = (typeof effectStates)[number]

export type Effect = {
  effectId: string
  merchant: string
  returnId: string
  kind: EffectKind
  /** Always 0 for a refund, so that a return never has a second one of its kind (design.md, rules of money 1). */
  generation: number
  state: EffectState
  /** Digest of what the effect writes, to tell a repetition from a change. */
  digest: string
  /** What would be written; no secrets, no customer's data. */
  payload: unknown
  /** The latest evidence: answer, refusal, observation. */
  evidence: string | null
  /** Who planned it: `operator@host`, or a worker's name. */
  actor: string
  owner: string | null
  attempts: number
  plannedAt: string
  sentAt: string | null
  settledAt: string | null
  parkedBecause: ParkedBecause | null
}

export type NewEffect = Pick<Effect, 'merchant' | 'returnId' | 'kind' | 'generation' | 'digest' | 'payload' | 'actor'>

/** An effect without its payload and its history. */
export type EffectOutline = Pick<Effect, 'effectId' | 'returnId' | 'kind' | 'state' | 'sentAt'>

export type OutlineFilter = Required<Pick<EffectFilter, 'merchant' | 'kinds' | 'states'>>

export type EffectFilter = {
  merchant?: string
  returnIds?: readonly string[]
  kinds?: readonly EffectKind[]
  states?: readonly EffectState[]
}
