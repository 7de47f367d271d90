import { hostname, userInfo } from 'node:os'
import { shown } from '../core/text.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * Who acts, as `user@host`, for the journal: always the user that the process runs as, which no variable changes. A name
 * that the environment claims besides, as sudo does, stands behind it as claimed (G11).
 */
export function operator(env: Env): string {
  const user = userName()
  const claimed = env.MHLOOP_OPERATOR || env.SUDO_USER
  const besides = claimed && claimed !== user ? ` (claimed: ${shown(claimed, 40)})` : ''
  return shown(`${user}@${hostname()}${besides}`, 120)
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a user id without an entry in its user database; $USER is anybody's to set.
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}
