import type { Env } from '../../merchants/files/config-folder.ts'
import type { Candidate, Lookup } from './candidates.ts'

/**
 * Looks up candidates. Loads modules only when needed: completing a verb must not wait for the journal. Never throws.
 */
export async function lookUp(of: Lookup, { env, prefix }: { env: Env; prefix: string }): Promise<Candidate[]> {
  try {
    return await found(of, env, prefix)
  } catch {
    // An error message would break the command line; the command itself will report the error.
    return []
  }
}

async function found(of: Lookup, env: Env, prefix: string): Promise<Candidate[]> {
  switch (of) {
    case 'merchants':
      return await merchants(env)
    case 'returns': {
      const [{ recentReturns }, { dataFolder }] = await Promise.all([
        import('../../journal/sqlite/recent-returns.ts'),
        import('../../journal/data-folder.ts'),
      ])
      return recentReturns(env.MHLOOP_JOURNAL, dataFolder(env), prefix).map(({ returnId, orderName }) => ({
        word: returnId,
        about: orderName ?? '',
      }))
    }
    case 'findings':
      return plain((await import('../../core/audit/finding-codes.ts')).findingCodes)
    case 'checks':
      return plain((await import('../../core/doctor/codes.ts')).checkCodes)
    case 'settings': {
      const { settings } = await import('../../merchants/profiles/settings.ts')
      return settings.map(({ key, summary }) => ({ word: key, about: summary }))
    }
    case 'codes':
      return plain(await codes(prefix))
  }
}

async function merchants(env: Env): Promise<Candidate[]> {
  const [{ configFolder }, { readFile }] = await Promise.all([
    import('../../merchants/files/config-folder.ts'),
    import('node:fs/promises'),
  ])
  // Reads the names only: the functions that read whole profiles load and check much more.
  const stored: unknown = JSON.parse(await readFile(`${configFolder(env)}/profiles.json`, 'utf8'))
  const named = typeof stored === 'object' && stored !== null ? Reflect.get(stored, 'merchants') : null
  if (typeof named !== 'object' || named === null) return []
  return Object.entries(named).map(([word, profile]) => ({
    word,
    about: String((profile as { environment?: unknown }).environment ?? ''),
  }))
}

/** Every code that `explain` knows, without its meaning; in lower case if the prefix is. */
async function codes(prefix: string): Promise<string[]> {
  const [errors, outcomes, findings, checks, exits] = await Promise.all([
    import('../../core/errors/fault-codes.ts'),
    import('../../core/explain/outcome-codes.ts'),
    import('../../core/audit/finding-codes.ts'),
    import('../../core/doctor/codes.ts'),
    import('../../core/errors/exit-codes.ts'),
  ])
  const words = [
    ...Object.keys(errors.faultCodes),
    ...outcomes.outcomeCodes,
    ...findings.findingCodes,
    ...checks.checkCodes,
    ...Object.values(exits.exitCodes).map(String),
  ]
  const isSmall = /^[a-z]/.test(prefix)
  return [...new Set(isSmall ? words.map((word) => word.toLowerCase()) : words)]
}

function plain(words: readonly string[]): Candidate[] {
  return words.map((word) => ({ word, about: '' }))
}
