import { deliveryFaults } from '../delivery/delivery-faults.ts'
import { type FaultEntry, initially, losses, off } from '../fault-entry.ts'

/**
 * Everything about the Loop stand-in that can be switched. Where Loop's documentation is silent, the initial value is
 * the adversarial reading (failures.md §2.1); faults of the connection are off unless set. Chances are 0–1, switches
 * 0/1.
 */
export const loopEndpoints = [
  'asn',
  'list',
  'details',
  'process',
  'flag',
  'close',
  'cancel',
  'remove',
  'notes',
  'note',
  'destinations',
  'webhooks',
  'dispositioning',
  'labels',
  'fraud-report',
  'shipments',
] as const
export type LoopEndpoint = (typeof loopEndpoints)[number]

export const loopFaults = {
  'loop.down': off('switch: every connection is cut'),
  'loop.unauthorized': off('switch: every key is answered 401 (F45)'),
  'loop.unauthorized-body': initially(2, '401 body: 0 ApiGuard object, 1 bare string, 2 by endpoint (loop.md §2.1)'),
  'loop.missing-scope-returns': off('switch: the key lacks the Returns scope (401)'),
  'loop.missing-scope-developer-tools': off('switch: the key lacks the Developer Tools scope (401)'),
  'loop.missing-scope-destinations': off('switch: the key lacks the Destinations scope (401)'),
  'loop.missing-scope-shipments': off('switch: the key lacks the Happy Returns Shipments scope (401)'),
  'loop.missing-scope-is-403': off('switch: a missing scope answers 403 in place of 401 (loop.md §10.16)'),
  'loop.rate-limit': initially(300, 'requests per minute and key; 0 for none (loop.md §3)'),
  'loop.rate-limit-headers': initially(1, 'switch: X-RateLimit-* on every answer'),
  'loop.clock-ahead-ms': off('milliseconds by which the Date of every answer is ahead of the real time (F40)'),
  'loop.retry-after': initially(1, 'switch: Retry-After on a 429'),
  'loop.drop-request': off('chance that any request is lost before any work (F2)'),
  'loop.drop-answer': off('chance that any answer is lost after the work (F1)'),
  ...losses('loop', loopEndpoints, { request: 'F2', answer: 'F1' }),
  'loop.drop-next-process-request': off('how many of the next process requests are lost before any work'),
  'loop.drop-next-process-answer': off('how many of the next process answers are lost after the work'),
  'loop.error-500': off('chance of a 500 before any work'),
  'loop.error-503': off('chance of a 503 before any work'),
  'loop.error-429': off('chance of a 429 regardless of the request count'),
  'loop.error-500-after-work': off('chance of a 500 although the work was done'),
  'loop.slow-ms': off('milliseconds before every answer, after the work'),
  'loop.html': off('chance of an HTML page with status 200, after the work (F43)'),
  'loop.truncated': off('chance of a body cut in the middle, after the work (F43)'),
  'loop.unknown-shape': off('chance of a 200 with JSON of an unknown shape, after the work (F3)'),
  'loop.oversized': off('chance of a 56 MB body, after the work (F43)'),
  'loop.success-body': initially(2, 'accepted actions answer 0 true, 1 "true", 2 each in turn (loop.md §10.1)'),
  'loop.process-min-ms': initially(800, 'shortest time a processing job waits in the queue'),
  'loop.process-max-ms': initially(2300, 'longest time a processing job waits in the queue'),
  'loop.refund-late-ms': off('milliseconds between closing and the refund, with refunds[] empty meanwhile'),
  'loop.process-fails': off('chance that an accepted job fails later (F6)'),
  'loop.process-fails-to-review': initially(1, 'switch: a failed job leaves the return in review, else open'),
  'loop.process-failure-message': off('switch: the failure event says why, else its message is null'),
  'loop.process-note': initially(
    1,
    'keys of the process body become a timeline note: 0 never, 1 at once, 2 when its job runs (loop.md §5.1)',
  ),
  'loop.notes-visible-after-ms': off('how many milliseconds the list of notes lags behind (G1)'),
  'loop.note-ids-before-commit': off('most milliseconds between a note getting its id and appearing in the list (G1)'),
  'loop.slow-note-ms': off('milliseconds before the answer to a note, after the work (G1)'),
  'loop.lost-note-arrives-after-ms': off(
    'milliseconds after which a note whose request was lost is written anyway; 0: never (G1)',
  ),
  'loop.note-updates-return': off('switch: a note moves updated_at and sends return.updated'),
  'loop.removed-units-vanish': initially(
    1,
    'switch: units that remove takes out are gone from every answer, else they are shown and not paid',
  ),
  'loop.remove-500-after-work': off(
    'chance of a 500 to remove although the units are out and the rest is queued (loop.md §5.5)',
  ),
  'loop.flagged-may-process': off('switch: the shop lets flagged returns be processed (F20)'),
  'loop.flag-keeps-open': off('switch: a flag is a bit while state stays open (loop.md §10.9)'),
  'loop.flag-twice-refused': initially(1, 'switch: flagging a return in review is refused, else it is true'),
  'loop.needs-review-spelling': off('switch: state review is spelt "needs review" (loop.md §10.10)'),
  'loop.auto-process-in-transit': off('switch: the shop processes automatically once a label is scanned (F19)'),
  'loop.grade-starts-processing': off(
    'switch: the first grade of a return makes the shop process it, if it is open or in review',
  ),
  'loop.label-min-ms': initially(2000, 'earliest time after creation at which a label exists (F30)'),
  'loop.label-max-ms': initially(6000, 'latest time after creation at which a label exists (F30)'),
  'loop.label-fails': off('switch: a label that is asked for is refused with 422 (loop.md §14.5)'),
  'loop.label-step-ms': initially(30_000, 'time between two label statuses; 0: they change only on request'),
  'loop.label-expiry-days': initially(28, 'days until a return expires whose label was never scanned'),
  'loop.label-bumps-updated-at': off('switch: a label change moves updated_at'),
  'loop.box-free-processes': initially(
    1,
    'switch: Loop pays a box-free return by itself after its drop-off (loop.md §14.4)',
  ),
  'loop.box-free-process-ms': initially(43_200_000, 'milliseconds from a drop-off until Loop pays; 0: at once'),
  'loop.box-free-grace-ms': initially(
    86_400_000,
    'milliseconds that units have to follow which were not handed in, before Loop pays without them',
  ),
  'loop.bag-separator': off('several bags in package_reference: 0 after commas, 1 after blanks'),
  'loop.details-lack-list-fields': initially(
    1,
    'details show, of what only the list is documented to have: 0 everything; 1 no return method, bag, items or time of a label; 2 nor a condition (loop.md §4.3)',
  ),
  'loop.happy-returns-word': off('provider of box-free returns: 0 happyreturns, 1 happy_returns'),
  'loop.shipments-per-page': initially(200, 'rows in one page of Happy Returns shipments and of their items'),
  'loop.milliseconds': off('switch: times have milliseconds and Z, else whole seconds and +00:00 (loop.md §14.6)'),
  'loop.numeric-list-ids': off('switch: the list, too, sends ids as numbers (loop.md §10.2)'),
  'loop.next-link-keeps-filters': off('switch: nextPageUrl carries from, state and paginate'),
  'loop.cursor-repeats': off('rows of one second at a page edge: 0 skipped, 1 repeated, 2 either (F41)'),
  'loop.notes-wrapped': off('switch: notes come as {notes: []} (loop.md §10.3)'),
  'loop.webhooks-born-active': off('switch: a webhook without a status is active, else inactive (loop.md §10.4)'),
  'loop.webhook-numeric-ids': initially(2, 'ids in webhooks: 0 strings, 1 numbers, 2 each in turn (loop.md §10.2)'),
  'loop.webhook-retries': off(
    'a failed webhook comes again after a network error and: 0 500 and 503; 1 all but 400, 401, 403, 404, 405; 2 any status (loop.md §14.3, F28)',
  ),
  // Five retries after the first attempt (loop.md §7.3).
  ...deliveryFaults('loop.webhook', { attempts: 6, timeoutMs: 5000, stops: 'the webhook is set inactive' }),
} as const satisfies Record<string, FaultEntry>
