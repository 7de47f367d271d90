import { deliveryFaults } from '../delivery/delivery-faults.ts'
import { type FaultEntry, initially, losses, off } from '../fault-entry.ts'

/**
 * Everything about the MasonHub stand-in that can be switched. Where the documentation is silent, the initial value is
 * the adversarial reading (failures.md §2.1, C9: "success" means queued); faults of the connection are off unless set.
 * Chances are 0–1, switches 0/1.
 */
export const masonhubEndpoints = [
  'list',
  'create',
  'update',
  'delete',
  'skus',
  'orders',
  'locations',
  'callbacks',
  'holds',
  'secrets',
  'factory',
  'label',
] as const
export type MasonHubEndpoint = (typeof masonhubEndpoints)[number]

/** The four endpoints of work on RMAs; a number of their next requests or answers can be lost. */
const rmaEndpoints = ['list', 'create', 'update', 'delete'] as const
type RmaEndpoint = (typeof rmaEndpoints)[number]

type DropNextName = `masonhub.drop-next-${RmaEndpoint}-request` | `masonhub.drop-next-${RmaEndpoint}-answer`

const dropsNext = Object.fromEntries(
  rmaEndpoints.flatMap((endpoint): [DropNextName, FaultEntry][] => [
    [
      `masonhub.drop-next-${endpoint}-request`,
      off(`how many of the next ${endpoint} requests are lost before any work`),
    ],
    [`masonhub.drop-next-${endpoint}-answer`, off(`how many of the next ${endpoint} answers are lost after the work`)],
  ]),
) as Record<DropNextName, FaultEntry>

export const masonhubFaults = {
  'masonhub.down': off('switch: every connection is cut'),
  'masonhub.unauthorized': off('switch: every token is answered 401 (F45)'),
  'masonhub.forbidden': off('switch: every token is answered 403'),
  'masonhub.unknown-is-404': off(
    'switch: an unknown slug or path answers 404 with a message, else 302 to /login (masonhub.md §2.4)',
  ),
  'masonhub.drop-request': off('chance that any request is lost before any work (C1)'),
  'masonhub.drop-answer': off('chance that any answer is lost after the work (F34)'),
  ...losses('masonhub', masonhubEndpoints, { request: 'C1', answer: 'F34' }),
  ...dropsNext,
  'masonhub.error-500': off('chance of a 500 before any work'),
  'masonhub.error-503': off('chance of a 503 before any work'),
  'masonhub.error-429': off('chance of a 429 before any work (F44)'),
  'masonhub.error-500-after-work': off('chance of a 500 although the work was done'),
  'masonhub.retry-after-seconds': initially(1, 'seconds in Retry-After on a 429 or 503; 0 for no header (F44)'),
  'masonhub.rate-limit': off('requests per hour and token before a 429; 0 for none (unproven 1000)'),
  'masonhub.rate-limit-headers': off('switch: X-RateLimit-* on every answer while there is a limit (masonhub.md §3.6)'),
  'masonhub.clock-ahead-ms': off('milliseconds by which the Date of every answer is ahead of the real time (F40)'),
  'masonhub.slow-ms': off('milliseconds before every answer, after the work (15000 is their timeout)'),
  'masonhub.label-slow-ms': off('milliseconds that buying one label takes, within the call'),
  'masonhub.html': off('chance of an HTML page with status 200, after the work (F43)'),
  'masonhub.redirect': off('chance of a 302 to /login although the token is good, before any work'),
  'masonhub.truncated': off('chance of a body cut in the middle, after the work (F43)'),
  'masonhub.visible-after-ms': initially(300, 'milliseconds until a write shows in reads (C9, masonhub.md §3.3)'),
  'masonhub.receipt-visible-after-ms': off(
    'milliseconds until what the warehouse did shows in reads; its callbacks are sent at once',
  ),
  'masonhub.lose-queued': off('chance that a record answered with success is never written (C9)'),
  'masonhub.quirks': off(
    'switch: answers mix all documented inconsistencies at random, else they are as real clients get them (F32)',
  ),
  'masonhub.shuffle-results': off('switch: rows of a bulk answer come in any order (F32)'),
  'masonhub.books-kits': off('switch: the dock books a kit as itself, else its parts as unannounced units'),
  'masonhub.strict-query': off(
    'switch: a time without a zone, list_type=details and include_counts=True are not taken (masonhub.md §3.1)',
  ),
  'masonhub.drop-result-row': off('chance that a bulk answer lacks one row, after the work (F32)'),
  'masonhub.null-result-identifier': off('chance that a result row comes without its identifier'),
  'masonhub.unknown-result-status': off('chance that a result row says "queued", after the work'),
  'masonhub.batch-400': off('switch: one bad record fails its whole batch with a 400 (F33)'),
  'masonhub.batch-500': off('switch: one bad record fails its whole batch with a 500 (F33)'),
  'masonhub.batch-limit': initially(30, 'most records that POST and PUT accept (F33)'),
  'masonhub.fail-create': off('chance that one record of a create is refused without a code'),
  'masonhub.fail-update': off('chance that one record of an update is refused without a code'),
  'masonhub.strict-orders': off(
    'switch: orders must exist and contain the SKU and its quantity, as in 2018 (masonhub.md §4.3)',
  ),
  'masonhub.known-order-checks': off('switch: SKU and quantity are checked for orders that exist (masonhub.md §9.7)'),
  'masonhub.enforce-lengths': initially(1, 'switch: string lengths are enforced (F35)'),
  'masonhub.deleted-reusable': initially(
    1,
    'switch: a deleted customer_identifier may be created again, else 301 (F39)',
  ),
  'masonhub.deleted-listed': initially(1, 'switch: lists show deleted RMAs under status all'),
  'masonhub.package-id-unique': off('switch: two open RMAs may not share a package_id'),
  'masonhub.empty-is-404': off('switch: a read without a match answers 404, else an empty list'),
  'masonhub.ignore-cid': off('switch: the cid filter of /rmas is ignored (masonhub.md §10)'),
  'masonhub.ignore-status': off('switch: the status filter of /rmas is ignored (masonhub.md §10)'),
  'masonhub.shift-pages': off('chance that a list page starts one row late (F42)'),
  'masonhub.repeat-rows': off('chance that a list page starts one row early (F42)'),
  'masonhub.received-again-ms': off(
    'milliseconds after which a receipt is sent again with a higher version; 0: never (masonhub.md §10)',
  ),
  'masonhub.label-by-default': initially(
    1,
    'switch: an RMA without generate_return_label buys a label (F36), as documented',
  ),
  'masonhub.receive-during-list': off('how many of the next RMAs that a list shows are then received at once (F37)'),
  'masonhub.one-callback-per-type': off(
    'switch: a new callback replaces the one of its type and takes its id (masonhub.md §5.1)',
  ),
  'masonhub.callback-drops-on-4xx': off('switch: a 4xx but 408 and 429 ends the tries of a callback (F28)'),
  ...deliveryFaults('masonhub.callback', { attempts: 3, timeoutMs: 30_000, stops: 'the callback falls silent' }),
} as const satisfies Record<string, FaultEntry>
