import type { FindingCode } from '../audit/finding-codes.ts'
import type { Explanation } from './explanation.ts'

const sync = 'Sync it: mhloop asn sync ID -m NAME'

/** Problems of the two systems that `mapping audit` and `rma show` report. */
export const findings = {
  RESOLUTION_MISMATCH: {
    means: 'The return was paid although units are damaged or missing, or flagged although every unit is available.',
    next: 'See what happened (mhloop rma history ID -m NAME), and settle it in the Loop admin or with the shopper.',
  },
  LABEL_BOUGHT: {
    means: 'MasonHub bought a return label although Loop supplies one.',
    next: 'Ask MasonHub to void the label.',
  },
  IN_DOUBT: {
    means: 'Something was sent, and its outcome is not known yet.',
    next: 'Do not repeat it manually; check again in a few minutes: mhloop rma history ID -m NAME',
  },
  PARKED: {
    means: 'The outcome of something that was sent, or may have been, could not be established; a person decides.',
    next: 'Look at both admins and at what was sent: mhloop rma history ID -m NAME',
  },
  RMA_MISSING: { means: 'MasonHub has no RMA for the return.', next: sync },
  RMA_KEYED_BY_NAME: {
    means:
      'An RMA has an order name as its identifier instead of the return id, so what is received under it is not found.',
    next: 'Find out which program made it, and have MasonHub delete it.',
  },
  RMA_DUPLICATE: {
    means: 'MasonHub has two RMAs for one parcel.',
    next: 'Have MasonHub delete the one that is not the return’s: mhloop rma show ID -m NAME',
  },
  RMA_FOREIGN: {
    means: 'An RMA under the return’s number was not made by mhloop.',
    next: 'Ask MasonHub who made it; mhloop leaves it alone.',
  },
  LINES_DIFFER: { means: 'The RMA has other items than the return.', next: sync },
  TRACKING_DIFFERS: { means: 'The RMA has another tracking number than the return.', next: sync },
  SKU_UNKNOWN: {
    means: 'MasonHub does not have a SKU of the return, so its RMA cannot be created.',
    next: 'Add it at MasonHub, then sync: mhloop asn sync ID -m NAME',
  },
  TRACKING_UNSENDABLE: {
    means:
      'MasonHub cannot take any tracking number that Loop has for the return: it is too short, too long, or has characters that no scanner reads.',
    next: 'Correct the label in the Loop admin, then sync: mhloop asn sync ID -m NAME',
  },
  RECEIVED_UNRESOLVED: {
    means: 'The warehouse has received the parcel, and the return is not resolved in Loop.',
    next: 'See what it waits for: mhloop rma show ID -m NAME',
  },
  RETURN_GONE: {
    means: 'Loop no longer knows a return whose parcel MasonHub expects or has received.',
    next: 'Find out in the Loop admin who deleted it: mhloop rma history ID -m NAME',
  },
  CANCELLED_RMA_OPEN: { means: 'The return is cancelled in Loop, and MasonHub still expects the parcel.', next: sync },
  EXPIRED_RMA_OPEN: {
    means: 'The return expired in Loop, and MasonHub still expects the parcel.',
    next: 'Nothing to do: late parcels happen.',
  },
  CLOSED_BEFORE_RECEIPT: {
    means: 'The return was closed in Loop before the warehouse received the parcel.',
    next: 'Look in the Loop admin at who closed it, and whether the parcel still comes.',
  },
  BOX_RECEIVED_APART: {
    means: 'The warehouse received another box of the return as an RMA of its own, which counts for no refund.',
    next: 'Ask MasonHub to book it on the RMA of the return; or process the return in the Loop admin.',
  },
  FOUND_AFTER_REFUND: {
    means:
      'The bag of a return without a box holds something else than was returned, and Loop had closed the return before: usually it pays at the drop-off.',
    next: 'Settle it with the shopper outside mhloop, or with Happy Returns if units are missing: mhloop rma show ID -m NAME',
  },
  UNANNOUNCED_RECEIPT: {
    means: 'The warehouse received an unannounced parcel.',
    next: 'Ask MasonHub what is in it, and find its return in the Loop admin.',
  },
  UNDELIVERABLE: {
    means: 'The carrier could not deliver the parcel.',
    next: 'Ask the shopper or the carrier where it is.',
  },
  DELIVERED_NOT_RECEIVED: {
    means: 'The parcel is at the warehouse by what its carrier or the dock says, and has not been received for days.',
    next: 'Ask MasonHub where it is. After how many days: mhloop merchant set -m NAME delivered-days DAYS',
  },
  NO_CARRIER_SCAN: {
    means: 'The parcel is on its way, and its carrier has not scanned it for days.',
    next: 'Ask the carrier or the shopper. After how many days: mhloop merchant set -m NAME scan-days DAYS',
  },
  LABEL_UNUSED: {
    means: 'The shopper has not used the label for so long that it will soon expire.',
    next: 'Regenerate it in the Loop admin if the shopper still returns it. After how many days: mhloop merchant set -m NAME unused-label-days DAYS',
  },
  RMA_ORPHAN: {
    means: 'Loop has no return for an RMA at MasonHub.',
    next: 'Find out who made it; delete what smoke tests left behind: mhloop smoke --clean -m NAME',
  },
  DESTINATION_UNKNOWN: {
    means: 'Loop does not say to which destination the return goes, so no RMA is made.',
    next: 'Look at the return in the Loop admin.',
  },
  DROP_OFF_OVERDUE: {
    means: 'A return without a box was created or closed long ago, and no hub of Happy Returns has shipped its bag.',
    next: 'Ask the shopper or Happy Returns where it is. After how many days: mhloop merchant set -m NAME drop-off-days DAYS',
  },
  WAITING_FOR_TRACKING: {
    means: 'Loop has no tracking number for the return yet, and MasonHub needs one.',
    next: 'Nothing to do for two days; then ask Loop for a label, unless the shopper ships it otherwise: mhloop rma label ID -m NAME',
  },
  SKU_EMPTY: {
    means: 'A unit of the return has no SKU, so it cannot be announced; its receipt will end in a flag.',
    next: 'Give the item a SKU in the shop.',
  },
  REASON_UNMAPPED: {
    means: 'No rule covers the reason for the return, so MasonHub gets “other”.',
    next: 'Propose a mapping: mhloop mapping reasons suggest -m NAME',
  },
} as const satisfies Record<FindingCode, Explanation>
