import type { Secret } from '../merchants/merchant.ts'

/** A wrong key that is refused again and again must not have the keychain read again and again. */
const atMostEvery = 10_000

/** A secret as it was last read, and a way to read it anew: it may have been rotated since a long run began. */
export function renewedSecret(first: Secret, read: (() => Promise<Secret>) | undefined) {
  let current = first
  let reading: Promise<void> | null = null
  let readAt = Number.NEGATIVE_INFINITY
  async function readAgain(again: () => Promise<Secret>): Promise<void> {
    try {
      current = await again()
    } catch {
      // What can't be read now is no reason to forget what was: the vendor's refusal is told in any case.
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
