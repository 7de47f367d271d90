import type { Explanation } from './explanation.ts'
import type { OutcomeCode } from './outcome-codes.ts'

const nothing = 'Nothing to do.'
const decide = 'Look in the Loop admin, and process or reject the return there.'
const again = 'Run the command again; it reads both sides afresh.'
const admin = 'Look at what was received: mhloop rma show ID -m NAME'

/** Why a refund or a flag goes out, waits, or does not go out. */
export const decisions = {
  ALL_AVAILABLE: {
    means: 'Every announced unit arrived and is available.',
    next: 'Refund it: mhloop rma resolve ID -m NAME',
  },
  BY_OPERATOR: { means: 'A person asked for the flag.', next: nothing },
  FORCED: {
    means: 'A person had it refunded against the rules, with --force.',
    next: 'See who, and why: mhloop rma history ID -m NAME',
  },
  ONLY_ARRIVED: {
    means: 'A person had only what arrived refunded; Loop takes the missing units out of the return.',
    next: 'See who, and which units: mhloop rma history ID -m NAME',
  },
  ALL_ARRIVED: {
    means: 'All units arrived, so there is none to leave out.',
    next: 'Refund it whole: mhloop rma resolve ID --refund -m NAME',
  },
  NOTHING_ARRIVED: {
    means: 'No unit arrived; to take all of them out of the return would cancel it.',
    next: decide,
  },
  UNITS_NOT_AVAILABLE: {
    means: 'Besides missing units, some arrived that are not available; they would be paid in full, so nothing is.',
    next: decide,
  },
  WHICH_UNIT_UNKNOWN: {
    means: 'The warehouse counts per SKU, and units of this SKU differ, so it is unknown which of them is missing.',
    next: 'Name those that did not arrive, separated by commas: mhloop rma resolve ID --refund --only-arrived --unit ID -m NAME',
  },
  NOT_REMOVABLE: {
    means: 'Loop takes units only out of returns whose outcome is a refund or store credit.',
    next: decide,
  },
  RETURN_UNKNOWN: { means: 'Loop, or the journal, knows no such return.', next: 'Check the id in the Loop admin.' },
  IN_REVIEW: { means: 'The return is in review in Loop.', next: decide },
  CLOSED: { means: 'The return is closed in Loop.', next: nothing },
  CANCELLED: {
    means: 'The return was cancelled in Loop; its RMA is deleted while MasonHub still takes changes.',
    next: 'If the parcel arrived anyway, settle it with the shopper outside mhloop.',
  },
  EXPIRED: {
    means: 'The return expired in Loop; its RMA stays, because late parcels happen.',
    next: 'If the parcel arrived anyway, settle it with the shopper outside mhloop.',
  },
  STATE_UNKNOWN: {
    means: 'Loop gives the return a state that this version of mhloop does not know, so nothing is refunded.',
    next: 'Look in the Loop admin, and upgrade mhloop.',
  },
  BEFORE_CUTOFF: {
    means: 'The return is older than the merchant’s cut-off, so mhloop leaves it alone.',
    next: nothing,
  },
  CREATED_UNKNOWN: {
    means: 'The date of the return cannot be read, so it is unknown whether it is older than the cut-off.',
    next: 'Look at the return in the Loop admin; a person may refund it: mhloop rma resolve ID --refund -m NAME',
  },
  NO_RMA: { means: 'MasonHub has no RMA for the return.', next: 'Create it: mhloop asn sync ID -m NAME' },
  NOT_RECEIVED: { means: 'The warehouse has not received the parcel yet.', next: nothing },
  IN_RECEIVING: { means: 'The warehouse is receiving the parcel right now.', next: nothing },
  BOX_ON_ITS_WAY: {
    means:
      'Units are missing whose own label is on another box of the return that is on its way; mhloop waits for them as long as other-box-days says.',
    next: 'Wait; or flag it now: mhloop rma resolve ID --flag -m NAME',
  },
  REFUND_FIRST: {
    means:
      'Units of the return are not graded while its refund is not finished: a grade may start automation of the shop.',
    next: 'Settle the refund first: mhloop rma show ID -m NAME',
  },
  RMA_DELETED: { means: 'The RMA was deleted at MasonHub.', next: 'Look at it: mhloop rma show ID -m NAME' },
  RMA_STATUS_UNKNOWN: {
    means: 'MasonHub gives the RMA a status that this version of mhloop does not know.',
    next: 'Ask MasonHub what it means, and upgrade mhloop.',
  },
  ALREADY_PROCESSED: { means: 'Loop has refunded or processed the return already.', next: nothing },
  LOOP_MAY_PAY: {
    means:
      'Everything in the bag is available, but Loop pays most returns without a box by itself, and may still pay this one.',
    next: 'Nothing for a day; mhloop pays it then. If Loop surely does not: mhloop rma resolve ID --refund -m NAME',
  },
  PROCESS_PENDING: {
    means: 'The refund was sent, and Loop does not show it yet.',
    next: 'Look again in a minute: mhloop rma show ID -m NAME',
  },
  PROCESS_CONFIRMED: { means: 'Loop has processed the refund that mhloop sent.', next: nothing },
  PROCESS_REFUSED: { means: 'Loop refused the refund; it is never sent twice.', next: decide },
  PROCESS_PARKED: {
    means: 'The refund was sent, or may have been, and its outcome could not be established; it is never sent again.',
    next: decide,
  },
  PROCESS_MAYBE_OURS: {
    means:
      'Loop has processed the return; whether this installation asked for it is not known, as its journal came from a backup.',
    next: nothing,
  },
  ENDED_ELSEWHERE: {
    means: 'The return was left to a person, and has been paid or closed in Loop since, not by this journal.',
    next: nothing,
  },
  FLAG_SENT: { means: 'The flag was sent a moment ago.', next: 'Look again in a minute: mhloop rma show ID -m NAME' },
  FLAG_PENDING: {
    means: 'Loop accepted the flag, and does not show it yet.',
    next: 'Look again in a minute: mhloop rma show ID -m NAME',
  },
  FLAG_PARKED: { means: 'Loop accepted the flag, and never showed it.', next: decide },
  FLAG_IN_VAIN: {
    means: 'The flag came to nothing several times, and is sent again after a pause.',
    next: 'See what Loop answered: mhloop rma history ID -m NAME',
  },
  FLAGGED_BEFORE: {
    means: 'This receipt was flagged, and a person has opened the return again since; it is not flagged twice.',
    next: decide,
  },
} as const satisfies Partial<Record<OutcomeCode, Explanation>>

/** What is wrong with a receipt. */
export const receipts = {
  NO_RECEIPT: { means: 'MasonHub shows no finished receipt, or an RMA without lines.', next: admin },
  COUNTS_UNREADABLE: { means: 'MasonHub’s quantities cannot be read as counts of units.', next: admin },
  COUNTS_CONTRADICT: { means: 'MasonHub’s quantities contradict one another.', next: admin },
  MISSING: { means: 'Announced units did not arrive.', next: admin },
  DAMAGED: { means: 'Units arrived damaged.', next: admin },
  NOT_AVAILABLE: {
    means: 'Units arrived, and are in quality control, under investigation or being refurbished.',
    next: admin,
  },
  DISPOSITION_UNKNOWN: { means: 'MasonHub put units in a condition that mhloop does not know.', next: admin },
  EXTRA_UNITS: { means: 'More units arrived than were announced.', next: admin },
  UNANNOUNCED_ITEM: { means: 'An item arrived that was not announced.', next: admin },
  KIT_AMBIGUOUS: {
    means: 'A kit was booked as its parts, some of which may belong to something else of the same return.',
    next: admin,
  },
  UNIT_WITHOUT_SKU: {
    means: 'A unit of the return has no SKU, so its arrival cannot be checked.',
    next: 'Look at the return in the Loop admin, and process it there.',
  },
  UNITS_CHANGED: {
    means: 'The return in Loop no longer has the units from which its RMA was built.',
    next: 'Compare both sides: mhloop rma show ID -m NAME',
  },
  UNITS_REPEATED: {
    means: 'Loop lists a line item twice, so the number of returned units is unknown.',
    next: 'Look at the return in the Loop admin.',
  },
  OUTCOME_NOT_ALLOWED: {
    means:
      'The shopper gets something for this return that the merchant’s setting outcomes leaves to a person, or that mhloop does not know.',
    next: 'Process it in the Loop admin, or see the settings: mhloop merchant show -m NAME',
  },
} as const satisfies Partial<Record<OutcomeCode, Explanation>>

/** What the merchant or a person has decided, and what the journal holds back. */
export const heldBack = {
  REFUNDS_OFF: {
    means: 'Refunds are off for this merchant.',
    next: 'Refund this one (mhloop rma resolve ID --refund -m NAME), or switch them on: mhloop merchant set -m NAME refunds on',
  },
  REFUNDS_PAUSED: {
    means: 'A person has paused refunds.',
    next: 'See who and why (mhloop refunds status -m NAME), then: mhloop refunds resume -m NAME',
  },
  QUARANTINED: {
    means: 'The journal was restored or moved and may have forgotten refunds, so none goes out.',
    next: 'Have every return read again, and end it: mhloop refunds resume -m NAME',
  },
  HOURLY_LIMIT: {
    means: 'As many refunds as are allowed in an hour have gone out.',
    next: 'Wait, or see the limits: mhloop refunds status -m NAME',
  },
  DAILY_LIMIT: {
    means: 'As many refunds as are allowed in 24 hours have gone out.',
    next: 'Wait, or see the limits: mhloop refunds status -m NAME',
  },
  FIRST_BY_HAND: {
    means: 'The first refunds of a merchant are asked for by a person.',
    next: 'Check it, then: mhloop rma resolve ID --refund -m NAME',
  },
  REFUND_TOO_LARGE: {
    means: 'The refund is above the merchant’s limit for one refund, or its amount is not known.',
    next: 'Check it, then: mhloop rma resolve ID --refund -m NAME',
  },
  MAYBE_SENT: {
    means: 'The journal was restored from a backup after the parcel was received, so the refund may have been sent.',
    next: 'Check the return in the Loop admin, and process it there if it is still open.',
  },
  CLAIMED_ELSEWHERE: {
    means: 'Loop’s timeline shows that another installation of mhloop claims this refund; it is never sent from here.',
    next: 'Check the timeline in the Loop admin, process it there if it is still open, and stop one of the two installations.',
  },
  CLAIM_UNSEEN: {
    means: 'mhloop’s note that claims the refund did not show on Loop’s timeline, so the refund was not sent.',
    next: 'Look again later (mhloop rma show ID -m NAME); after five attempts a person decides in Loop.',
  },
  CLAIM_WAITS: {
    means: 'An earlier claim came to nothing, and it is too early for the next.',
    next: 'Wait; the message says until when.',
  },
  CLAIM_REFUSED: {
    means: 'Loop refused the note that claims the refund, so the refund was not sent.',
    next: 'Look at the return in the Loop admin; if the key lacks a scope: mhloop doctor -m NAME',
  },
  LEASE_LOST: { means: 'The run took so long that another mhloop may be working on the return.', next: again },
  NOT_PLANNED: {
    means: 'Another run has sent or changed this refund in the meantime.',
    next: 'See what happened: mhloop rma history ID -m NAME',
  },
  ANOTHER_WRITER: { means: 'Another mhloop is working on the return right now.', next: again },
  POLICY_CHANGED: {
    means: 'The merchant’s settings changed a moment ago, so nothing was sent by the old ones.',
    next: again,
  },
  CHANGED_SINCE_SHOWN: {
    means: 'The return or its receipt changed after it was shown, so the answer no longer holds.',
    next: again,
  },
  READ_TOO_OLD: { means: 'Too much time passed since both sides were read, so nothing was sent.', next: again },
  NOT_READ: {
    means: 'The return could not be read, so nothing was decided.',
    next: 'The message says why: mhloop rma show ID -m NAME',
  },
  NOT_TRIED: { means: 'The run stopped before it came to this return.', next: again },
} as const satisfies Partial<Record<OutcomeCode, Explanation>>
