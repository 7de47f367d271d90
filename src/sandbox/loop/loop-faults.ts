import { deliveryFaults } from '../delivery/delivery-faults.ts'

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
] as const
export type LoopEndpoint = (typeof loopEndpoints)[number]

type DropName = `loop.drop-request-${LoopEndpoint}` | `loop.drop-answer-${LoopEndpoint}`
type FaultEntry = { initial: number; about: string }

const drops = Object.fromEntries(
  loopEndpoints.flatMap((endpoint): [DropName, FaultEntry][] => [
    [
      `loop.drop-request-${endpoint}`,
      { initial: 0, about: `chance that a ${endpoint} request is lost before any work (F2)` },
    ],
    [
      `loop.drop-answer-${endpoint}`,
      { initial: 0, about: `chance that a ${endpoint} answer is lost after the work (F1)` },
    ],
  ]),
) as Record<DropName, FaultEntry>

export const loopFaults = {
  'loop.down': { initial: 0, about: 'switch: every connection is cut' },
  'loop.unauthorized': { initial: 0, about: 'switch: every key is answered 401 (F45)' },
  'loop.unauthorized-body': {
    initial: 2,
    about: '401 body: 0 ApiGuard object, 1 bare string, 2 by endpoint (loop.md §2.1)',
  },
  'loop.missing-scope-returns': { initial: 0, about: 'switch: the key lacks the Returns scope (401)' },
  'loop.missing-scope-developer-tools': { initial: 0, about: 'switch: the key lacks the Developer Tools scope (401)' },
  'loop.missing-scope-destinations': { initial: 0, about: 'switch: the key lacks the Destinations scope (401)' },
  'loop.missing-scope-is-403': {
    initial: 0,
    about: 'switch: a missing scope answers 403 in place of 401 (loop.md §10.16)',
  },
  'loop.rate-limit': { initial: 300, about: 'requests per minute and key; 0 for none (loop.md §3)' },
  'loop.rate-limit-headers': { initial: 1, about: 'switch: X-RateLimit-* on every answer' },
  'loop.clock-ahead-ms': {
    initial: 0,
    about: 'milliseconds by which the Date of every answer is ahead of the real time (F40)',
  },
  'loop.retry-after': { initial: 1, about: 'switch: Retry-After on a 429' },
  'loop.drop-request': { initial: 0, about: 'chance that any request is lost before any work (F2)' },
  'loop.drop-answer': { initial: 0, about: 'chance that any answer is lost after the work (F1)' },
  ...drops,
  'loop.drop-next-process-request': {
    initial: 0,
    about: 'how many of the next process requests are lost before any work',
  },
  'loop.drop-next-process-answer': {
    initial: 0,
    about: 'how many of the next process answers are lost after the work',
  },
  'loop.error-500': { initial: 0, about: 'chance of a 500 before any work' },
  'loop.error-503': { initial: 0, about: 'chance of a 503 before any work' },
  'loop.error-429': { initial: 0, about: 'chance of a 429 regardless of the request count' },
  'loop.error-500-after-work': { initial: 0, about: 'chance of a 500 although the work was done' },
  'loop.slow-ms': { initial: 0, about: 'milliseconds before every answer, after the work' },
  'loop.html': { initial: 0, about: 'chance of an HTML page with status 200, after the work (F43)' },
  'loop.truncated': { initial: 0, about: 'chance of a body cut in the middle, after the work (F43)' },
  'loop.unknown-shape': { initial: 0, about: 'chance of a 200 with JSON of an unknown shape, after the work (F3)' },
  'loop.oversized': { initial: 0, about: 'chance of a 56 MB body, after the work (F43)' },
  'loop.success-body': {
    initial: 2,
    about: 'accepted actions answer 0 true, 1 "true", 2 each in turn (loop.md §10.1)',
  },
  'loop.process-min-ms': { initial: 800, about: 'shortest time a processing job waits in the queue' },
  'loop.process-max-ms': { initial: 2300, about: 'longest time a processing job waits in the queue' },
  'loop.refund-late-ms': {
    initial: 0,
    about: 'milliseconds between closing and the refund, with refunds[] empty meanwhile',
  },
  'loop.process-fails': { initial: 0, about: 'chance that an accepted job fails later (F6)' },
  'loop.process-fails-to-review': { initial: 1, about: 'switch: a failed job leaves the return in review, else open' },
  'loop.process-failure-message': { initial: 0, about: 'switch: the failure event says why, else its message is null' },
  'loop.process-note': {
    initial: 1,
    about: 'keys of the process body become a timeline note: 0 never, 1 at once, 2 when its job runs (loop.md §5.1)',
  },
  'loop.notes-visible-after-ms': {
    initial: 0,
    about: 'how many milliseconds the list of notes lags behind (G1)',
  },
  'loop.note-ids-before-commit': {
    initial: 0,
    about: 'most milliseconds between a note getting its id and appearing in the list (G1)',
  },
  'loop.slow-note-ms': { initial: 0, about: 'milliseconds before the answer to a note, after the work (G1)' },
  'loop.lost-note-arrives-after-ms': {
    initial: 0,
    about: 'milliseconds after which a note whose request was lost is written anyway; 0: never (G1)',
  },
  'loop.note-updates-return': {
    initial: 0,
    about: 'switch: a note moves updated_at and sends return.updated',
  },
  'loop.flagged-may-process': { initial: 0, about: 'switch: the shop lets flagged returns be processed (F20)' },
  'loop.flag-keeps-open': { initial: 0, about: 'switch: a flag is a bit while state stays open (loop.md §10.9)' },
  'loop.flag-twice-refused': { initial: 1, about: 'switch: flagging a return in review is refused, else it is true' },
  'loop.needs-review-spelling': { initial: 0, about: 'switch: state review is spelt "needs review" (loop.md §10.10)' },
  'loop.auto-process-in-transit': {
    initial: 0,
    about: 'switch: the shop processes automatically once a label is scanned (F19)',
  },
  'loop.label-min-ms': { initial: 2000, about: 'earliest time after creation at which a label exists (F30)' },
  'loop.label-max-ms': { initial: 6000, about: 'latest time after creation at which a label exists (F30)' },
  'loop.label-step-ms': { initial: 30_000, about: 'time between two label statuses; 0: they change only on request' },
  'loop.label-expiry-days': { initial: 28, about: 'days until a return expires whose label was never scanned' },
  'loop.label-bumps-updated-at': { initial: 0, about: 'switch: a label change moves updated_at' },
  'loop.numeric-list-ids': { initial: 0, about: 'switch: the list, too, sends ids as numbers (loop.md §10.2)' },
  'loop.next-link-keeps-filters': { initial: 0, about: 'switch: nextPageUrl carries from, state and paginate' },
  'loop.cursor-repeats': {
    initial: 0,
    about: 'rows of one second at a page edge: 0 skipped, 1 repeated, 2 either (F41)',
  },
  'loop.notes-wrapped': { initial: 0, about: 'switch: notes come as {notes: []} (loop.md §10.3)' },
  'loop.webhooks-born-active': {
    initial: 0,
    about: 'switch: a webhook without a status is active, else inactive (loop.md §10.4)',
  },
  'loop.webhook-numeric-ids': {
    initial: 2,
    about: 'ids in webhooks: 0 strings, 1 numbers, 2 each in turn (loop.md §10.2)',
  },
  // Five retries after the first attempt (loop.md §7.3).
  ...deliveryFaults('loop.webhook', { attempts: 6, timeoutMs: 5000, stops: 'the webhook is set inactive' }),
} as const satisfies Record<string, FaultEntry>
