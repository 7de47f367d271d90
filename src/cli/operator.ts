import { hostname, userInfo } from 'node:os'
import { shown } from '../core/text.ts'

/** Who acts, as `user@host`, for the journal. Under sudo it is the person, not root. */
export function operator(env: Readonly<Record<string, string | undefined>>): string {
  return shown(`${env.SUDO_USER || userName(env)}@${hostname()}`, 120)
}

function userName(env: Readonly<Record<string, string | undefined>>): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a user id without an entry in its user database.
    return env.USER || env.LOGNAME || 'unknown'
  }
}
