/** Worlds of several installations: who they are. What is done to their journals and settings is their weather. */
import type { Random } from './random.ts'

/** Seeds from here on are of such worlds, so that all others keep their stories. */
export const several = 1_000_000_000_000

export function isOfSeveral(seed: number): boolean {
  return seed >= several
}

/** What profiles may be called. */
export const merchants = ['acme', 'acme-two'] as const

export type InstallationPlan = {
  /** Names it, whoever else is there. */
  place: number
  servers: number
  operators: number
  /** Minutes after the start. */
  begins: number
  /** `shared`: that of the first one, as several machines share a PostgreSQL. */
  journal: 'shared' | 'own'
  /** What its profile is called: one account may have several names. */
  merchant: (typeof merchants)[number]
  /** Nobody looks at it any more once its people are done. */
  isGivenUp: boolean
}

/** As all worlds have it that are not of several. */
export function onlyInstallation(servers: number, operators: number): InstallationPlan {
  return { place: 0, servers, operators, begins: 0, journal: 'own', merchant: 'acme', isGivenUp: false }
}

/** Beside the first, where the integration runs: a second laptop or server, another HOME, a second name of the account. */
export function someOthers(random: Random): InstallationPlan[] {
  return Array.from({ length: random.pick([0, 1, 1, 1, 1, 2]) }, (_, index): InstallationPlan => {
    const servers = random.pick([0, 0, 1])
    const journal = random.chance(0.25) ? 'shared' : 'own'
    const isSecondName = journal === 'shared' && index === 0 && random.chance(0.5)
    return {
      place: index + 1,
      servers,
      operators: random.between(servers > 0 ? 0 : 2, 4),
      begins: random.chance(0.5) ? 0 : random.between(10, 400),
      journal,
      merchant: isSecondName ? 'acme-two' : 'acme',
      isGivenUp: journal === 'own' && servers === 0 && random.chance(0.4),
    }
  })
}
