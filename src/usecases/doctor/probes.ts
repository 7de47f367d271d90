import type { VendorProbe } from '../../core/doctor/vendors.ts'
import type { RequestTrace } from '../../http/create-transport.ts'

export type Probes = Record<'loop' | 'masonhub', VendorProbe> & { note(trace: RequestTrace): void }

/** Collects what a run of doctor learns from requests besides their answers. */
export function createProbes(clock: { now(): Date }): Probes {
  const nothing = (): VendorProbe => ({ fastest: null, failure: null, ahead: null, left: null, turnedAway: 0 })
  const probes = { loop: nothing(), masonhub: nothing() }
  return {
    ...probes,
    note({ vendor, milliseconds, status, cause, metadata }) {
      const probe = probes[vendor]
      if (metadata === null) {
        probe.failure = cause
        return
      }
      if (status === 429) probe.turnedAway += 1
      if (metadata.left !== null && (probe.left === null || metadata.left.remaining < probe.left.remaining))
        probe.left = metadata.left
      if (probe.fastest !== null && probe.fastest <= milliseconds) return
      probe.fastest = milliseconds
      // The vendor wrote the date half-way through the request, in whole seconds: exact enough for minutes.
      if (metadata.date !== null)
        probe.ahead = Date.parse(metadata.date) + 500 + milliseconds / 2 - clock.now().getTime()
    },
  }
}
