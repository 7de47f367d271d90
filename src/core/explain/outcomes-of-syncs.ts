import type { Explanation } from './explanation.ts'
import type { OutcomeCode } from './outcome-codes.ts'

const nothing = 'Nothing to do.'

/** Why a return gets no RMA, or keeps the one it has. */
export const syncs = {
  OTHER_DESTINATION: {
    means: 'The return goes to a destination in Loop that is not MasonHub’s.',
    next: 'If it should be: mhloop merchant set -m NAME destinations IDS',
  },
  IN_DROP_OFF_NETWORK: {
    means: 'The return is handed in without a box (Happy Returns), and no hub has shipped its bag yet.',
    next: 'Nothing to do: the barcode of its bag comes when the hub ships it, about twice a week.',
  },
  BOX_FREE_OFF: {
    means: 'The return is handed in without a box, and the merchant announces no such returns.',
    next: 'If they go to MasonHub: mhloop merchant set -m NAME box-free bag',
  },
  LONG_CLOSED: {
    means:
      'The return is handed in without a box and has not changed in Loop for a month, so its bag is not announced.',
    next: 'If its bag is still to come, ask Happy Returns where it is.',
  },
  KEPT: { means: 'The shopper keeps every item, so nothing will arrive.', next: nothing },
  NO_UNITS: {
    means: 'Loop lists no unit of this return, so nothing can be announced.',
    next: 'Look at the return in the Loop admin.',
  },
  SKU_UNSENDABLE: { means: 'A SKU is shorter or longer than MasonHub allows.', next: 'Correct the SKU in the shop.' },
  CANCELLED_AFTER_RECEIPT: {
    means: 'The return was cancelled in Loop, but the warehouse has it already.',
    next: 'Settle it with the shopper outside mhloop: mhloop rma show ID -m NAME',
  },
  EDITED_AFTER_RECEIPT: {
    means: 'The return was edited in Loop, but MasonHub no longer takes changes.',
    next: 'Compare both sides: mhloop rma show ID -m NAME',
  },
  NOT_TAKEN: {
    means: 'MasonHub accepted a write, and two minutes later does not show it.',
    next: 'Sync it again, and tell MasonHub if it repeats: mhloop asn sync ID -m NAME',
  },
  LABEL_EXISTS: {
    means: 'Loop has a tracking number for the return, so it is not asked for a label.',
    next: 'Announce it: mhloop asn sync ID -m NAME',
  },
  LABEL_REQUESTED: {
    means: 'Loop may be making the label of the return right now; a second request could buy a second one.',
    next: 'See whether it has come: mhloop rma show ID -m NAME',
  },
  NO_LABEL_WANTED: {
    means: 'No parcel with a label is expected of the return: it is over, kept, or handed in without a box.',
    next: 'See what it waits for: mhloop rma show ID -m NAME',
  },
  NO_EVIDENCE: {
    means:
      'The receipt is no evidence of an empty or short parcel, or not without doubt, so it is not reported as fraud.',
    next: 'See what arrived: mhloop rma show ID -m NAME',
  },
  REPORTED_BEFORE: { means: 'Loop has a report of fraud for the return already.', next: 'Nothing to do.' },
} as const satisfies Partial<Record<OutcomeCode, Explanation>>

/** Why a message of a vendor waits, was set aside, or is not worked on again. */
export const events = {
  NOT_JSON: { means: 'The body of the message is not JSON.', next: 'Look at it: mhloop event show EVENT' },
  UNREADABLE: { means: 'The message is not what MasonHub documents.', next: 'Look at it: mhloop event show EVENT' },
  UNKNOWN_TOPIC: { means: 'Loop sent a topic that mhloop does not know.', next: 'Look at it: mhloop event show EVENT' },
  NO_RETURN_ID: { means: 'Loop’s message names no return.', next: 'Look at it: mhloop event show EVENT' },
  NO_RETURN: { means: 'The event names no return, so there is nothing to process.', next: nothing },
  UNMATCHED: {
    means: 'MasonHub’s message is about an RMA that belongs to no return in Loop.',
    next: 'Look at it: mhloop event show EVENT',
  },
  TOO_MANY_ROWS: {
    means: 'The message contains more records than mhloop accepts at once.',
    next: 'Ask MasonHub why; the next sync still reads them.',
  },
  TOO_MANY_UNREAD: {
    means: 'More messages than are kept in a day could not be read; the rest of them were not stored.',
    next: 'See what came in: mhloop event list -m NAME',
  },
  SMOKE: { means: 'The message is about a test RMA of mhloop smoke.', next: nothing },
  RECEIPT_NOT_VISIBLE: {
    means: 'MasonHub announced a receipt, but does not show it yet.',
    next: 'Nothing to do: mhloop asks again.',
  },
  NEW_ALREADY: { means: 'The event is already waiting to be processed.', next: nothing },
} as const satisfies Partial<Record<OutcomeCode, Explanation>>

/** Why `journal forget` keeps a return. */
export const retentionReasons = {
  NOT_OVER: { means: 'The return is not closed in Loop.', next: 'Wait until it is.' },
  UNSETTLED: {
    means: 'Something that was sent for the return is not settled.',
    next: 'Settle it first: mhloop rma show ID -m NAME',
  },
  RECENT: {
    means: 'Something happened to the return after the given date.',
    next: 'Give a later date, or the return’s id.',
  },
  FORGOTTEN_BEFORE: { means: 'The return was forgotten already.', next: nothing },
} as const satisfies Partial<Record<OutcomeCode, Explanation>>
