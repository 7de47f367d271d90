import { hostname, userInfo } from 'node:os'
import { printable } from '../core/text.ts'
import type { Who } from '../journal/journal.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * Who acts, as `user@host`, for the journal: always the user that the process runs as, which no variable changes. A name
 * that the environment claims besides, as sudo does, stands behind it as claimed (G11).
 */
export function operator(env: Env): string {
  const { actor, claimedActor } = whoActs(env)
  return printable(claimedActor === null ? actor : `${actor} (claimed: ${claimedActor})`, 120)
}

/** The same in its two parts. */
export function whoActs(env: Env): Who {
  const user = userName()
  const claimed = env.MHLOOP_OPERATOR || env.SUDO_USER
  const claimedActor = claimed && claimed !== user ? printable(claimed, 40) : null
  return { actor: printable(`${user}@${hostname()}`, 120), claimedActor }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a user id without an entry in its user database; $USER is anybody's to set.
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}
