import { homedir } from 'node:os'
import { join } from 'node:path'
import { namedFolder, systemFolder } from '../core/folders/absolute-path.ts'
import { homeFolder } from '../core/folders/home-folder.ts'

/** The folder of the default journal: `MHLOOP_DATA_DIR`, or else the platform's folder for user data. */
export function dataFolder(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): string {
  const named = namedFolder(env, 'MHLOOP_DATA_DIR', homedir)
  if (named !== null) return named
  if (platform === 'darwin') return join(homeFolder(env, homedir), 'Library', 'Application Support', 'mhloop')
  if (platform === 'win32') {
    return join(systemFolder(env, 'LOCALAPPDATA') ?? join(homeFolder(env, homedir), 'AppData', 'Local'), 'mhloop')
  }
  return join(systemFolder(env, 'XDG_DATA_HOME') ?? join(homeFolder(env, homedir), '.local', 'share'), 'mhloop')
}
