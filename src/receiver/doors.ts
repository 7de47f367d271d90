import { createHash, timingSafeEqual } from 'node:crypto'
import { Fault } from '../core/fault.ts'
import type { Door } from './receiver.ts'

export type Doors = {
  /** The door with this key. Looks at all of them, whichever it is. */
  withKey(key: string): Door | null
}

/** Throws RECEIVER_KEY when a key is none, or when two merchants share one: their messages would mix (F22). */
export function createDoors(doors: readonly Door[]): Doors {
  const [wrong] = faultsOfDoors(doors)
  if (wrong !== undefined) throw wrong
  const known = doors.map((door) => ({ door, digest: digest(door.key) }))
  return {
    withKey(key) {
      const given = digest(key)
      let found: Door | null = null
      for (const { door, digest } of known) if (timingSafeEqual(given, digest)) found = door
      return found
    },
  }
}

/** What is wrong with these keys: of two merchants that share one, the later is told. */
export function faultsOfDoors(doors: readonly Door[]): Fault[] {
  return doors.flatMap((door, index) => {
    if (!/^[\w-]{32,100}$/.test(door.key))
      return [wrongKey(door, 'is too weak: use 32 to 100 random letters, digits, "-" and "_"')]
    const twin = doors.slice(0, index).find((other) => other.key === door.key)
    return twin === undefined ? [] : [wrongKey(door, `is also the key of ${twin.merchant}`)]
  })
}

/** Whether an Authorization header bears one of the tokens; compared as digests, in constant time (F51). */
export function bearsToken(header: string | undefined, tokens: readonly string[]): boolean {
  const given = digest(/^Bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? '')
  let matches = false
  for (const token of tokens) {
    // Nobody proves anything with an empty one.
    if (token !== '' && timingSafeEqual(given, digest(token))) matches = true
  }
  return matches
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function wrongKey({ merchant }: Door, what: string): Fault {
  return new Fault(`The receiver key of ${merchant} ${what}.`, {
    code: 'RECEIVER_KEY',
    merchant,
    hint: `mhloop merchant set -m ${merchant} receiver-key, then register the new addresses with both vendors`,
  })
}
