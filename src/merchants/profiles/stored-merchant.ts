import { type BigIntStats, statSync } from 'node:fs'
import { exitCodes, Fault } from '../../core/errors/fault.ts'
import type { NamedLimits } from '../../core/refunds/limits.ts'
import { printable } from '../../core/text/printable.ts'
import type { Env } from '../files/config-folder.ts'
import { assemble } from './assemble.ts'
import type { Merchant } from './merchant.ts'
import type { Profile } from './profile.ts'
import { profilesPath, readProfiles } from './profiles.ts'

/** A merchant as it was stored when it was read. */
export type StoredMerchant = {
  merchant: Merchant
  /** Whether nothing was stored since. Cheap and synchronous, so that a transaction can ask it. */
  isCurrent(): boolean
  /** The limits of the stored merchants with these names, read at each call. */
  limitsOf(names: readonly string[]): Promise<NamedLimits[]>
}

/** A merchant that never changes during the run, such as the one from environment variables. */
export function unchanging(merchant: Merchant, env?: Env): () => Promise<StoredMerchant> {
  if (env === undefined) return async () => ({ merchant, isCurrent: () => true, limitsOf: async () => [] })
  const path = profilesPath(env)
  return async () => {
    // Other names of its Loop account may be stored, and their limits bind it, too (G10).
    const version = fileVersion(path)
    return { merchant, isCurrent: () => fileVersion(path) === version, limitsOf: (names) => limitsIn(env, names) }
  }
}

async function limitsIn(env: Env, names: readonly string[]): Promise<NamedLimits[]> {
  const { merchants } = await readProfiles(env)
  return names.flatMap((name) => {
    const profile = Object.hasOwn(merchants, name) ? merchants[name] : undefined
    return profile === undefined ? [] : [{ name, limits: assemble(name, profile, 'profile').merchant.policy.limits }]
  })
}

/**
 * Reads a stored merchant at each call, from the disk only if the file has changed: a run may last for weeks, and what
 * is stored now binds it (G4). Throws MERCHANT_GONE, MERCHANT_UNREADABLE, JOURNAL_OTHER when the merchant was bound to
 * another journal, or MERCHANT_CHANGED when it has other accounts than at the beginning of the run.
 */
export function storedMerchant(env: Env, name: string, first: Profile): () => Promise<StoredMerchant> {
  const path = profilesPath(env)
  const began = accountsOf(name, first)
  let journal = first.journal?.id ?? null
  let known: { version: string | null; merchant: Merchant } | null = null
  return async () => {
    // Taken before the reading: what is written during it is found at the next call.
    const version = fileVersion(path)
    if (known === null || version === null || known.version !== version) {
      const profile = await storedProfile(env, name)
      if (accountsOf(name, profile) !== began) throw changed(name)
      // The first journal that works for the merchant is this run's, or the run has ended with JOURNAL_OTHER.
      if (journal !== null && profile.journal?.id !== journal) throw rebound(name)
      journal = profile.journal?.id ?? null
      known = { version, merchant: assemble(name, profile, 'profile').merchant }
    }
    const isCurrent = () => version !== null && fileVersion(path) === version
    return { merchant: known.merchant, isCurrent, limitsOf: (names) => limitsIn(env, names) }
  }
}

async function storedProfile(env: Env, name: string): Promise<Profile> {
  const { merchants } = await readProfiles(env).catch((error: unknown) => {
    throw unreadable(name, error)
  })
  const profile = Object.hasOwn(merchants, name) ? merchants[name] : undefined
  if (profile === undefined) throw gone(name)
  return profile
}

/**
 * Changes with every write of a file, because our files are replaced as a whole and get another inode. null: the file
 * is missing or can't be looked at.
 */
export function fileVersion(path: string): string | null {
  let found: BigIntStats | undefined
  try {
    found = statSync(path, { bigint: true, throwIfNoEntry: false })
  } catch {
    return null
  }
  return found ? [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ') : null
}

/** What the clients of a run depend on. A merchant that was removed and added again counts as another one. */
function accountsOf(name: string, profile: Profile): string {
  const { environment, loop, masonhub } = assemble(name, profile, 'profile').merchant
  return JSON.stringify([profile.addedAt, environment, loop.baseUrl, masonhub.baseUrl, masonhub.slug])
}

/** `machine`, so that waiting work is not counted as a failed try: the next start, or the next change, resumes it. */
function gone(name: string): Fault {
  return new Fault(`Merchant "${name}" has been removed, so mhloop stops working for it.`, {
    code: 'MERCHANT_GONE',
    merchant: name,
    hint: 'mhloop merchant list',
  })
}

function unreadable(name: string, cause: unknown): Fault {
  const why = cause instanceof Fault ? cause.message : 'the file cannot be opened.'
  return new Fault(
    `The settings of merchant "${name}" can't be read, so mhloop stops working for it: ${printable(why, 400)}`,
    {
      code: 'MERCHANT_UNREADABLE',
      exit: exitCodes.usage,
      merchant: name,
      hint: cause instanceof Fault && cause.hint !== null ? cause.hint : `mhloop merchant show ${name}`,
      cause,
    },
  )
}

/** The operator has chosen another journal for the refunds: it would pay again what this one pays. */
function rebound(name: string): Fault {
  return new Fault(`Merchant "${name}" is now bound to another journal, so this run stops working for it.`, {
    code: 'JOURNAL_OTHER',
    merchant: name,
    hint: `mhloop merchant show ${name}`,
  })
}

function changed(name: string): Fault {
  return new Fault(`Merchant "${name}" now uses other accounts, so this run stops working for it.`, {
    code: 'MERCHANT_CHANGED',
    merchant: name,
    hint: `check its settings (mhloop merchant show ${name}), then run the command again`,
  })
}
