import { deliveryFaults } from '../delivery/delivery-faults.ts'

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

type DropName = `masonhub.drop-request-${MasonHubEndpoint}` | `masonhub.drop-answer-${MasonHubEndpoint}`
type DropNextName = `masonhub.drop-next-${RmaEndpoint}-request` | `masonhub.drop-next-${RmaEndpoint}-answer`
type FaultEntry = { initial: number; about: string }

const drops = Object.fromEntries(
  masonhubEndpoints.flatMap((endpoint): [DropName, FaultEntry][] => [
    [
      `masonhub.drop-request-${endpoint}`,
      { initial: 0, about: `chance that a ${endpoint} request is lost before any work (C1)` },
    ],
    [
      `masonhub.drop-answer-${endpoint}`,
      { initial: 0, about: `chance that a ${endpoint} answer is lost after the work (F34)` },
    ],
  ]),
) as Record<DropName, FaultEntry>

const dropsNext = Object.fromEntries(
  rmaEndpoints.flatMap((endpoint): [DropNextName, FaultEntry][] => [
    [
      `masonhub.drop-next-${endpoint}-request`,
      { initial: 0, about: `how many of the next ${endpoint} requests are lost before any work` },
    ],
    [
      `masonhub.drop-next-${endpoint}-answer`,
      { initial: 0, about: `how many of the next ${endpoint} answers are lost after the work` },
    ],
  ]),
) as Record<DropNextName, FaultEntry>

export const masonhubFaults = {
  'masonhub.down': { initial: 0, about: 'switch: every connection is cut' },
  'masonhub.unauthorized': { initial: 0, about: 'switch: every token is answered 401 (F45)' },
  'masonhub.forbidden': { initial: 0, about: 'switch: every token is answered 403' },
  'masonhub.unknown-is-404': {
    initial: 0,
    about: 'switch: an unknown slug or path answers 404 with a message, else 302 to /login (masonhub.md §2.4)',
  },
  'masonhub.drop-request': { initial: 0, about: 'chance that any request is lost before any work (C1)' },
  'masonhub.drop-answer': { initial: 0, about: 'chance that any answer is lost after the work (F34)' },
  ...drops,
  ...dropsNext,
  'masonhub.error-500': { initial: 0, about: 'chance of a 500 before any work' },
  'masonhub.error-503': { initial: 0, about: 'chance of a 503 before any work' },
  'masonhub.error-429': { initial: 0, about: 'chance of a 429 before any work (F44)' },
  'masonhub.error-500-after-work': { initial: 0, about: 'chance of a 500 although the work was done' },
  'masonhub.retry-after-seconds': {
    initial: 1,
    about: 'seconds in Retry-After on a 429 or 503; 0 for no header (F44)',
  },
  'masonhub.rate-limit': { initial: 0, about: 'requests per hour and token before a 429; 0 for none (unproven 1000)' },
  'masonhub.rate-limit-headers': {
    initial: 0,
    about: 'switch: X-RateLimit-* on every answer while there is a limit (masonhub.md §3.6)',
  },
  'masonhub.clock-ahead-ms': {
    initial: 0,
    about: 'milliseconds by which the Date of every answer is ahead of the real time (F40)',
  },
  'masonhub.slow-ms': {
    initial: 0,
    about: 'milliseconds before every answer, after the work (15000 is their timeout)',
  },
  'masonhub.label-slow-ms': { initial: 0, about: 'milliseconds that buying one label takes, within the call' },
  'masonhub.html': { initial: 0, about: 'chance of an HTML page with status 200, after the work (F43)' },
  'masonhub.redirect': { initial: 0, about: 'chance of a 302 to /login although the token is good, before any work' },
  'masonhub.truncated': { initial: 0, about: 'chance of a body cut in the middle, after the work (F43)' },
  'masonhub.visible-after-ms': {
    initial: 300,
    about: 'milliseconds until a write shows in reads (C9, masonhub.md §3.3)',
  },
  'masonhub.receipt-visible-after-ms': {
    initial: 0,
    about: 'milliseconds until what the warehouse did shows in reads; its callbacks are sent at once',
  },
  'masonhub.lose-queued': { initial: 0, about: 'chance that a record answered with success is never written (C9)' },
  'masonhub.quirks': {
    initial: 1,
    about: 'switch: answers mix all documented inconsistencies at random, else they match the OpenAPI file (F32)',
  },
  'masonhub.shuffle-results': { initial: 1, about: 'switch: rows of a bulk answer come in any order (F32)' },
  'masonhub.drop-result-row': { initial: 0, about: 'chance that a bulk answer lacks one row, after the work (F32)' },
  'masonhub.null-result-identifier': { initial: 0, about: 'chance that a result row comes without its identifier' },
  'masonhub.unknown-result-status': { initial: 0, about: 'chance that a result row says "queued", after the work' },
  'masonhub.batch-400': { initial: 0, about: 'switch: one bad record fails its whole batch with a 400 (F33)' },
  'masonhub.batch-500': { initial: 0, about: 'switch: one bad record fails its whole batch with a 500 (F33)' },
  'masonhub.batch-limit': { initial: 30, about: 'most records that POST and PUT accept (F33)' },
  'masonhub.fail-create': { initial: 0, about: 'chance that one record of a create is refused without a code' },
  'masonhub.fail-update': { initial: 0, about: 'chance that one record of an update is refused without a code' },
  'masonhub.strict-orders': {
    initial: 0,
    about: 'switch: orders must exist and contain the SKU and its quantity, as in 2018 (masonhub.md §4.3)',
  },
  'masonhub.known-order-checks': {
    initial: 0,
    about: 'switch: SKU and quantity are checked for orders that exist (masonhub.md §9.7)',
  },
  'masonhub.enforce-lengths': { initial: 1, about: 'switch: string lengths are enforced (F35)' },
  'masonhub.deleted-reusable': {
    initial: 1,
    about: 'switch: a deleted customer_identifier may be created again, else 301 (F39)',
  },
  'masonhub.deleted-listed': { initial: 1, about: 'switch: lists show deleted RMAs under status all' },
  'masonhub.package-id-unique': { initial: 0, about: 'switch: two open RMAs may not share a package_id' },
  'masonhub.empty-is-404': { initial: 0, about: 'switch: a read without a match answers 404, else an empty list' },
  'masonhub.ignore-cid': { initial: 0, about: 'switch: the cid filter of /rmas is ignored (masonhub.md §10)' },
  'masonhub.ignore-status': { initial: 0, about: 'switch: the status filter of /rmas is ignored (masonhub.md §10)' },
  'masonhub.shift-pages': { initial: 0, about: 'chance that a list page starts one row late (F42)' },
  'masonhub.repeat-rows': { initial: 0, about: 'chance that a list page starts one row early (F42)' },
  'masonhub.received-again-ms': {
    initial: 0,
    about: 'milliseconds after which a receipt is sent again with a higher version; 0: never (masonhub.md §10)',
  },
  'masonhub.label-by-default': {
    initial: 1,
    about: 'switch: an RMA without generate_return_label buys a label (F36), as documented',
  },
  'masonhub.receive-during-list': {
    initial: 0,
    about: 'how many of the next RMAs that a list shows are then received at once (F37)',
  },
  'masonhub.one-callback-per-type': {
    initial: 0,
    about: 'switch: a new callback replaces the one of its type and takes its id (masonhub.md §5.1)',
  },
  ...deliveryFaults('masonhub.callback', { attempts: 3, timeoutMs: 30_000, stops: 'the callback falls silent' }),
} as const satisfies Record<string, FaultEntry>
