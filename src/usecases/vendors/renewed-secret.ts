import type { Secret } from '../../merchants/profiles/merchant.ts'

/** Milliseconds. Repeated refusals of a wrong key must not cause repeated reading of the keychain. */
const atMostEvery = 10_000

/** A secret as it was last read, and `renew` to read it again: it may have been rotated since a long run began. */
export function renewedSecret(first: Secret, read: (() => Promise<Secret>) | undefined) {
  let current = first
  let reading: Promise<void> | null = null
  let readAt = Number.NEGATIVE_INFINITY
  async function readAgain(again: () => Promise<Secret>): Promise<void> {
    try {
      current = await again()
    } catch {
      // If it can't be read now, the old value stays: the vendor's refusal is reported in any case.
    }
    readAt = performance.now()
    reading = null
  }
  return {
    reveal: () => current.reveal(),
    async renew() {
      if (read === undefined) return
      if (reading === null && performance.now() - readAt < atMostEvery) return
      reading ??= readAgain(read)
      await reading
    },
  }
}
