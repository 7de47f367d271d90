/**
 * How long things may take that have to outlast each other: what an operator may set must not loosen what money rests on.
 * A refund or a flag goes out within `sendWithin` of the reading that it rests on, and its answer comes within
 * `requestSeconds.most` after that: by then the lease is still held (H20).
 */

/** Milliseconds. Nobody pays or flags by a reading that is older than this when the request goes out. */
export const sendWithin = 60_000
/** Milliseconds. Long enough for the reading, the request and the journal; a lease only saves work (F8). */
export const leaseFor = 120_000
/** Milliseconds for a call with its retries. */
export const callWithin = 120_000
/** Seconds that one request to a vendor may take, from its connection to the last byte of its answer. */
export const requestSeconds = { least: 1, usual: 45, most: 60 } as const
