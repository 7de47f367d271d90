import { join } from 'node:path'
import { Fault } from '../../core/errors/fault.ts'
import { didYouMean } from '../../core/text/closest.ts'
import { printable } from '../../core/text/printable.ts'
import { configFolder, type Env, prepareFolder } from '../files/config-folder.ts'
import { readPrivateFile, refuseLink } from '../files/private-file.ts'
import { parseStored } from '../files/stored-json.ts'
import { importConf } from './import-conf.ts'
import { withLock } from './lock.ts'
import { type Profile, type Profiles, profilesSchema } from './profile.ts'

export function profilesPath(env: Env): string {
  return join(configFolder(env), 'profiles.json')
}

/** All stored profiles. Reads without conf, which would cost 80 ms at start-up and follow symbolic links. */
export async function readProfiles(env: Env): Promise<Profiles> {
  const path = profilesPath(env)
  const text = await readPrivateFile(path, 'settings')
  return text === null ? { version: 1, current: null, merchants: {} } : parseStored(path, text, profilesSchema)
}

/** Changes the profiles under the lock, so that of two writers neither loses its change. Nothing if `change` throws. */
export function updateProfiles(env: Env, change: (profiles: Profiles) => Profiles): Promise<Profiles> {
  return changeConfiguration(env, async (stillHeld) => {
    const changed = change(await readProfiles(env))
    const { default: Conf } = await importConf()
    await refuseLink(profilesPath(env))
    await stillHeld()
    const conf = new Conf<Profiles>({
      cwd: configFolder(env),
      configName: 'profiles',
      configFileMode: 0o600,
      // Merchant names may contain dots, which conf would take for nesting.
      accessPropertiesByDotNotation: false,
    })
    conf.store = changed
    return changed
  })
}

/** Changes one profile; throws Fault when it does not exist. */
export async function updateProfile(
  env: Env,
  name: string,
  now: Date,
  change: (profile: Profile) => Profile,
): Promise<Profile> {
  const profiles = await updateProfiles(env, (before) => {
    const profile = { ...change(profileOf(before, name)), changedAt: now.toISOString() }
    return { ...before, merchants: { ...before.merchants, [name]: profile } }
  })
  return profileOf(profiles, name)
}

/** Runs `work` while no other process changes profiles or credentials. */
export async function changeConfiguration<T>(
  env: Env,
  work: (stillHeld: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const folder = configFolder(env)
  await prepareFolder(folder)
  return withLock(join(folder, 'configuration.lock'), work)
}

/** The profile of this name; otherwise throws a Fault that says how to find the existing ones. */
export function profileOf(profiles: Profiles, name: string): Profile {
  const profile = Object.hasOwn(profiles.merchants, name) ? profiles.merchants[name] : undefined
  if (profile) return profile
  const names = Object.keys(profiles.merchants)
  throw new Fault(`There is no merchant "${printable(name, 80)}".${didYouMean(name, names)}`, {
    code: 'MERCHANT_UNKNOWN',
    hint: names.length === 0 ? `mhloop merchant add ${printable(name, 80)}` : 'mhloop merchant list',
  })
}
