/** Worlds of several installations: how these are set up. Their faults change their journals and settings. */
import type { Random } from './random.ts'

/** Names of profiles. */
export const merchants = ['acme', 'acme-two'] as const

export type InstallationPlan = {
  /** Its name among the installations, independent of the others. */
  place: number
  servers: number
  operators: number
  /** Minutes after the start. */
  begins: number
  /** `shared`: the first installation's journal, as several machines share a PostgreSQL. */
  journal: 'shared' | 'own'
  /** The name of its profile: one account may have several names. */
  merchant: (typeof merchants)[number]
  /** It is not used any more once its people are done. */
  isGivenUp: boolean
}

/** The only installation, in all worlds that are not of several. */
export function onlyInstallation(servers: number, operators: number): InstallationPlan {
  return { place: 0, servers, operators, begins: 0, journal: 'own', merchant: 'acme', isGivenUp: false }
}

/** Installations besides the first one: a second laptop or server, another HOME, or a second name of the account. */
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
