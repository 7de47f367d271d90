/**
 * Time limits that must outlast each other; an operator's settings must not break that, because money rests on it. A
 * refund or a flag goes out within `sendWithin` of its reading, and its answer comes within `requestSeconds.most` after
 * that: the lease is still held then (H20).
 */

/** Milliseconds. No refund or flag goes out on the strength of a reading that is older than this. */
export const sendWithin = 60_000
/** Milliseconds. Long enough for the reading, the request and the journal. A lease only saves work (F8). */
export const leaseFor = 120_000
/** Milliseconds for a call with its retries. */
export const callWithin = 120_000
/** Seconds that one request to a vendor may take, from its connection to the last byte of its answer. */
export const requestSeconds = { least: 1, usual: 45, most: 60 } as const
