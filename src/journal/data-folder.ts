import { homedir } from 'node:os'
import { join } from 'node:path'
import { homeFolder } from '../core/home-folder.ts'

/** Where the journal lives unless told otherwise: `MHLOOP_DATA_DIR`, else the platform's folder for user data. */
export function dataFolder(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): string {
  if (env.MHLOOP_DATA_DIR) return env.MHLOOP_DATA_DIR
  const home = homeFolder(env, homedir)
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'mhloop')
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'mhloop')
  return join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'mhloop')
}
