import { isAbsolute } from 'node:path'
import { Fault } from '../errors/fault.ts'
import { printable } from '../text/printable.ts'

/** The user's home folder: HOME, or what the system says. Throws Fault for a user without one, as in a container. */
export function homeFolder(env: Readonly<Record<string, string | undefined>>, ofSystem: () => string): string {
  const home = env.HOME || systemHome(ofSystem)
  if (isAbsolute(home)) return home
  if (home === '') throw unknown('This user has no home folder, and HOME is not set.')
  // A relative HOME means another folder wherever a command runs, and so another journal (G2).
  throw unknown(`HOME is ${printable(home, 200)}, which is a relative path.`)
}

function systemHome(ofSystem: () => string): string {
  try {
    return ofSystem()
  } catch {
    throw unknown('This user has no home folder, and HOME is not set.')
  }
}

function unknown(message: string): Fault {
  return new Fault(message, {
    code: 'HOME_UNKNOWN',
    hint: 'Set both folders: export MHLOOP_CONFIG_DIR=/a/folder/of/yours MHLOOP_DATA_DIR=/another/one',
  })
}
