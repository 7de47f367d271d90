import { alreadyPaid, type Decision } from '../../core/decide.ts'
import type { Reason } from '../../core/reason.ts'
import { type Look, pastResolutions } from '../look.ts'
import { lookAndSettle } from '../look-and-settle.ts'
import type { Workplace } from '../workplace.ts'

/** `rules`: whatever the rules decide. By name: an operator wants exactly this. */
export type Asked = 'rules' | 'refund' | 'flag'

/** What would be done about one return, before anything is sent. */
export type Proposal = {
  look: Look
  decision: Decision
  /** The operator asked for something that the rules forbid. */
  refused: boolean
  /** A refund against the verdict, by `--force`. */
  forced: boolean
  /** Milliseconds since the epoch when both sides were read. */
  readAt: number
}

/** Observes and plans: reads both sides now, settles what was sent earlier, and decides. */
export async function proposeMany(
  workplace: Workplace,
  returnIds: readonly string[],
  asked: Asked,
  force: boolean,
): Promise<Proposal[]> {
  const readAt = workplace.clock.now().getTime()
  const looks = await lookAndSettle(workplace, returnIds, { refundByName: asked === 'refund' })
  return looks.map((current) => ({ look: current, readAt, ...choose(current, asked, force) }))
}

function choose(current: Look, asked: Asked, force: boolean): Pick<Proposal, 'decision' | 'refused' | 'forced'> {
  const { decision } = current
  switch (asked) {
    case 'rules':
      return { decision, refused: false, forced: false }
    case 'refund':
      return chooseRefund(current, force)
    case 'flag':
      return chooseFlag(current)
  }
}

/** `--force` overrides the verdict, and nothing else: never a refund that was sent, paid, or not yet received. */
function chooseRefund(
  { decision, loopReturn }: Look,
  force: boolean,
): Pick<Proposal, 'decision' | 'refused' | 'forced'> {
  if (decision.action === 'refund') return { decision, refused: false, forced: false }
  const overridable = decision.action === 'flag' && loopReturn?.state === 'open' && alreadyPaid(loopReturn) === null
  if (overridable && force) {
    return {
      decision: { action: 'refund', reasons: [forcedReason, ...decision.reasons] },
      refused: false,
      forced: true,
    }
  }
  return { decision: { action: decision.action, reasons: decision.reasons }, refused: true, forced: false }
}

const forcedReason: Reason = { code: 'FORCED', message: 'Refunded against the rules, because an operator forced it.' }

/** A flag is harmless, so an operator may ask for it at any time while Loop's return is open and no refund was sent. */
function chooseFlag({ decision, loopReturn, effects }: Look): Pick<Proposal, 'decision' | 'refused' | 'forced'> {
  const { process } = pastResolutions(effects)
  const allowed = loopReturn?.state === 'open' && (process === 'none' || process === 'planned')
  if (!allowed) return { decision, refused: true, forced: false }
  const reasons =
    decision.action === 'flag' ? decision.reasons : [{ code: 'BY_OPERATOR', message: 'Flagged by an operator.' }]
  return { decision: { action: 'flag', reasons }, refused: false, forced: false }
}
