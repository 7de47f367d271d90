/** What happens to journals: backups are restored (F11); files are copied, rolled back, lost and replaced (G1, G3). */

import { type Installation, installationOf, named } from './installation.ts'
import { operate, staff } from './people.ts'
import { bind, createProfile } from './profile.ts'
import type { Random } from './random.ts'
import type { InstallationPlan } from './several.ts'
import type { Company } from './simulate.ts'
import { openStores, type Stores } from './store.ts'
import { start } from './world.ts'

const minute = 60_000

export function loseJournals(company: Company, returnIds: readonly string[]): void {
  const { world } = company
  for (const installation of [...company.installations]) {
    if (installation.plan.journal === 'shared') continue
    bringBackups(company, installation)
    const random = world.random(named(installation, 'journals'))
    if (world.hits('journal copied', 'all')) copyJournal(company, installation, returnIds, random)
    if (world.hits('journal rolled back', 'all')) rollBack(company, installation, random)
    if (world.hits('journal lost', 'all')) lose(company, installation, random)
  }
}

/**
 * Restores a backup at the place where processes look for their journal: it lacks what was sent and acknowledged after
 * the backup (F11). All processes are stopped first, including those that still used a removed file. In the worst case,
 * a refund was sent just before.
 */
function bringBackups(company: Company, installation: Installation): void {
  const { world } = company
  const { stores } = installation
  const random = world.random(named(installation, 'backups'))
  const { forgotten } = stores
  const restore = () => {
    if (forgotten.to <= world.now()) return
    forgotten.to = world.now()
    world.note('the journal is restored from a backup')
    stopAll(company, installation.stores)
    if (installation.stores === stores) void stores.restore()
    else void stores.restored().then((fresh) => putInPlace(company, installation, fresh))
  }
  if (world.hits('journal restored from a backup', 'all')) {
    const backedUpAt = start + random.between(30, 400) * minute
    world.resume(backedUpAt, () => {
      forgotten.from = world.now()
      void stores.backUp()
    })
    world.resume(backedUpAt + random.between(2, 150) * minute, restore)
  }
  company.onRefund.push((from) => {
    if (from === stores && forgotten.from <= world.now() && random.chance(0.4))
      world.resume(world.now() + random.between(200, 90_000), restore)
  })
}

/** Stops everything that uses this journal. */
function stopAll({ installations }: Company, stores: Stores): void {
  for (const { servers, commands, stores: its } of installations) {
    if (its !== stores) continue
    for (const { simulated } of servers) simulated.kill()
    for (const simulated of commands) simulated.kill()
  }
}

/** Plans it for some time; in the worst case, exactly when a refund was claimed or sent. */
function sometime(company: Company, random: Random, of: () => Stores, what: () => void): void {
  const { world } = company
  const unlessOver = () => {
    if (!world.isClear()) what()
  }
  world.resume(start + random.between(60, 480) * minute, unlessOver)
  company.onRefund.push((from) => {
    if (from === of() && random.chance(0.3)) world.resume(world.now() + random.between(0, 30_000), unlessOver)
  })
}

/** Copies the data folder to another machine and uses both; neither journal knows of it. */
function copyJournal(company: Company, from: Installation, returnIds: readonly string[], random: Random): void {
  const { world, installations } = company
  let isDone = false
  sometime(
    company,
    random,
    () => from.stores,
    () => {
      // A journal with two merchant names is not copied here.
      if (isDone || from.profile.merchant === null || from.profile.beside.length > 0) return
      isDone = true
      const policy = from.profile.merchant.policy
      const begins = Math.ceil((world.now() - start) / minute)
      const plan: InstallationPlan = {
        place: 10 + installations.length,
        servers: random.pick([0, 1]),
        operators: random.between(1, 3),
        begins,
        journal: 'own',
        merchant: from.plan.merchant,
        isGivenUp: random.chance(0.4),
      }
      world.note(`the journal of ${from.plan.place} is copied`)
      void from.stores.copy().then((stores) => {
        const { vendors, watch } = from
        const profile = createProfile(plan.merchant, policy, plan.place)
        const copy = installationOf({ world, plan, profile, stores, vendors, ...(watch === null ? {} : { watch }) })
        company.journals.push(stores)
        installations.push(copy)
        staff(company, copy)
        operate(company, copy, returnIds)
      })
    },
  )
}

/**
 * Restores a machine to an earlier state, including its journal, as a snapshot of the disk does; the journal does not
 * know.
 */
function rollBack(company: Company, installation: Installation, random: Random): void {
  const { world } = company
  let cached: Promise<Stores> | null = null
  world.resume(start + random.between(30, 300) * minute, () => {
    cached = installation.stores.copy()
  })
  sometime(
    company,
    random,
    () => installation.stores,
    () => {
      if (cached === null) return
      const earlier = cached
      cached = null
      world.note(`the journal of ${installation.plan.place} is rolled back`)
      void earlier.then((stores) => replace(company, installation, stores))
    },
  )
}

/** The data folder is gone, or another HOME is used: there is an empty journal. */
function lose(company: Company, installation: Installation, random: Random): void {
  const { world, journals } = company
  let isDone = false
  sometime(
    company,
    random,
    () => installation.stores,
    () => {
      if (isDone) return
      isDone = true
      world.note(`the journal of ${installation.plan.place} is lost`)
      void openStores(world, 100 + journals.length).then((stores) => {
        replace(company, installation, stores)
        // The empty journal is refused until an operator binds the merchant to it.
        const { profile } = installation
        if (random.chance(0.6))
          world.at(world.now() + random.between(2, 60) * minute, () =>
            bind(profile, installation.stores.installationId),
          )
      })
    },
  )
}

/** Running processes are stopped first, or go on with a file that is no longer there (G3). */
function replace(company: Company, installation: Installation, stores: Stores): void {
  if (!company.world.hits('journal replaced under a process', 'all')) stopAll(company, installation.stores)
  putInPlace(company, installation, stores)
}

function putInPlace(company: Company, installation: Installation, stores: Stores): void {
  const before = installation.stores
  for (const other of company.installations) if (other.stores === before) other.stores = stores
  company.journals.push(stores)
}
