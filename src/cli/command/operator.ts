import { hostname, userInfo } from 'node:os'
import { printable } from '../../core/text/printable.ts'
import type { Who } from '../../journal/journal.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * Who acts, as `user@host`, for the journal: always the user that the process runs as, which no variable changes. A
 * name from the environment (MHLOOP_OPERATOR, sudo) is added as claimed (G11).
 */
export function operator(env: Env): string {
  const { actor, claimedActor } = whoActs(env)
  return printable(claimedActor === null ? actor : `${actor} (claimed: ${claimedActor})`, 120)
}

/** The actor and the claimed name, separately. */
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
    // A container may run under a user id without an entry in its user database; $USER is not used, because anyone can
    // set it.
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}
