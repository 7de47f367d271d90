import type { Door, ReceiverOptions } from './receiver.ts'

/** A stranger who knocks all day must not make us read the keychain all day. */
const atMostEvery = 10_000

/**
 * What proves a sender may have been replaced since the start (`merchant rotate callback`, another webhook secret): before
 * somebody is turned away, it is read again. Gives the door as it is by now.
 */
export function createRenewal({ renew, now, log }: Pick<ReceiverOptions, 'renew' | 'now' | 'log'>) {
  const doors = new Map<string, { door: Door; readAt: number; reading: Promise<Door> | null }>()

  async function read(door: Door): Promise<Door> {
    try {
      const proofs = await renew?.(door.merchant)
      return proofs ? { ...door, ...proofs } : door
    } catch {
      log({ level: 'warn', event: 'credentials could not be read again', merchant: door.merchant })
      return door
    }
  }

  return {
    /** What was read is what is stored by now. */
    forget: () => doors.clear(),
    /** As it was last read. */
    latest: (door: Door): Door => doors.get(door.merchant)?.door ?? door,
    /** Read again, unless it just was; several who ask at once wait for one reading. */
    async renewed(door: Door): Promise<Door> {
      if (renew === undefined) return door
      const known = doors.get(door.merchant) ?? { door, readAt: Number.NEGATIVE_INFINITY, reading: null }
      doors.set(door.merchant, known)
      if (known.reading === null && now().getTime() - known.readAt < atMostEvery) return known.door
      known.reading ??= read(known.door)
      known.door = await known.reading
      known.readAt = now().getTime()
      known.reading = null
      return known.door
    },
  }
}
