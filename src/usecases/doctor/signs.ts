import type { VendorSigns } from '../../core/doctor/vendors.ts'
import type { RequestTrace } from '../../http/create-transport.ts'

export type Signs = Record<'loop' | 'masonhub', VendorSigns> & { note(trace: RequestTrace): void }

/** Collects what the requests of a run of doctor show of the vendors beside their answers. */
export function collectSigns(clock: { now(): Date }): Signs {
  const nothing = (): VendorSigns => ({ fastest: null, failure: null, ahead: null, left: null, turnedAway: 0 })
  const signs = { loop: nothing(), masonhub: nothing() }
  return {
    ...signs,
    note({ vendor, milliseconds, status, cause, signs: told }) {
      const one = signs[vendor]
      if (told === null) {
        one.failure = cause
        return
      }
      if (status === 429) one.turnedAway += 1
      if (told.left !== null && (one.left === null || told.left.remaining < one.left.remaining)) one.left = told.left
      if (one.fastest !== null && one.fastest <= milliseconds) return
      one.fastest = milliseconds
      // The vendor wrote it half-way, and in whole seconds: good enough for minutes.
      if (told.date !== null) one.ahead = Date.parse(told.date) + 500 + milliseconds / 2 - clock.now().getTime()
    },
  }
}
