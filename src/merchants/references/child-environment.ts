import type { Env } from '../files/config-folder.ts'

/**
 * What any program needs to find its files, its language and, on a desktop, the keychain. Any other variable of ours
 * may be a secret (PGPASSWORD, a cloud's token) that the programs we start must not see (H8).
 */
const everywhere = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR', 'TZ', 'LANG', 'LANGUAGE']
const locale = /^LC_[A-Z]+$/
/** The session's bus, on which the keychain answers, and the display on which it asks to be unlocked. */
const desktop = [
  'DBUS_SESSION_BUS_ADDRESS',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'XDG_CACHE_HOME',
  'XDG_CONFIG_HOME',
  'XDG_CURRENT_DESKTOP',
  'XDG_DATA_HOME',
  'XDG_RUNTIME_DIR',
  'XDG_SESSION_ID',
  'XDG_STATE_HOME',
  // macOS
  'SECURITYSESSIONID',
  '__CF_USER_TEXT_ENCODING',
]
const windows = [
  'ALLUSERSPROFILE',
  'APPDATA',
  'COMPUTERNAME',
  'COMSPEC',
  'HOMEDRIVE',
  'HOMEPATH',
  'LOCALAPPDATA',
  'NUMBER_OF_PROCESSORS',
  'OS',
  'PATHEXT',
  'PROCESSOR_ARCHITECTURE',
  'PROGRAMDATA',
  'PROGRAMFILES',
  'PROGRAMFILES(X86)',
  'PROGRAMW6432',
  'PUBLIC',
  'SYSTEMDRIVE',
  'SYSTEMROOT',
  'TEMP',
  'TMP',
  'USERDOMAIN',
  'USERNAME',
  'USERPROFILE',
  'WINDIR',
]
const needed = new Set([...everywhere, ...desktop, ...windows])

/** The environment of a program that we start: what it needs, and the variables that were granted explicitly. */
export function childEnvironment(env: Env, granted: ReadonlySet<string> = new Set()): Env {
  // Windows varies their case: Path, SystemRoot.
  const isNeeded = (name: string) => needed.has(process.platform === 'win32' ? name.toUpperCase() : name)
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => isNeeded(name) || locale.test(name) || granted.has(name)),
  )
}

/**
 * The variables that MHLOOP_COMMAND_VARIABLES grants to `command:` references, such as OP_SERVICE_ACCOUNT_TOKEN; never
 * one of mhloop's own, nor one that another reference reads.
 */
export function grantedVariables(env: Env, hidden: ReadonlySet<string>): ReadonlySet<string> {
  const names = (env.MHLOOP_COMMAND_VARIABLES ?? '').split(/[\s,]+/)
  return new Set(names.filter((name) => name !== '' && !hidden.has(name) && !/^MHLOOP_/i.test(name)))
}
