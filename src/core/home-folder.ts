import { exitCodes, Fault } from './fault.ts'

/** The user's home: HOME, else what the system knows. Throws Fault for a user without one, as containers have them. */
export function homeFolder(env: Readonly<Record<string, string | undefined>>, ofSystem: () => string): string {
  try {
    return env.HOME || ofSystem()
  } catch {
    throw new Fault('This user has no home folder, and HOME is not set.', {
      code: 'HOME_UNKNOWN',
      exit: exitCodes.usage,
      blame: 'machine',
      hint: 'Say where to keep things: export MHLOOP_CONFIG_DIR=/a/folder/of/yours MHLOOP_DATA_DIR=/another/one',
    })
  }
}
