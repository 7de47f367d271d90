/** The lease by which a worker shows that it is alive; it belongs to no merchant. */
export const workerLease = (worker: string): Lease => ({ subject: `worker ${worker}`, owner: worker })

/** Held for a while by one run. `owner` names that run only, so it also tells whether the lease is still the same. */
export type Lease = { subject: string; owner: string }
