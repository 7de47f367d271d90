/** Runs one world from its first return to the day after its last one, and returns what happened. */

import { type Checked, checkAlways, checkEvents, checkHistories } from './check.ts'
import type { FaultKind } from './fault-rates.ts'
import { checkGrades } from './grades.ts'
import { type Installation, installationOf, type Shared } from './installation.ts'
import { loseJournals } from './journals.ts'
import { createLoop } from './loop.ts'
import { answerOfLoop } from './loop-wire.ts'
import { createMasonHub } from './masonhub.ts'
import { answerOfMasonHub } from './masonhub-wire.ts'
import { type Address, createMessages } from './messages.ts'
import { operate, staff } from './people.ts'
import { createProfile, createSecond, type Profile } from './profile.ts'
import { comeToRest } from './rest.ts'
import { type Part, type Scenario, scenarioOf } from './scenario.ts'
import { changeSettings } from './settings.ts'
import type { InstallationPlan } from './several.ts'
import { openStores, type Stores } from './store.ts'
import { startStory, storiesEnd } from './stories.ts'
import { claimedBy, createWatch, flaggedBy, refundedBy, type Watch } from './watch.ts'
import { createWorld, start, type World } from './world.ts'

export type Outcome = {
  seed: number
  violations: string[]
  /** A hash of everything that happened, in order: equal for equal runs. */
  trace: number
  histories: number
  faults: Map<FaultKind, number>
  /** How the returns ended. */
  endings: ReadonlyMap<string, number>
  counts: Counts
}

const counted = [
  'requests',
  'operations',
  'processes',
  'commands',
  'messages',
  'parked',
  'installations',
  'journals',
  'claims',
] as const

export type Counts = Record<(typeof counted)[number], number>

export function emptyCounts(): Counts {
  return Object.fromEntries(counted.map((what) => [what, 0])) as Counts
}

/** Everything in a world besides the returns. */
export type Company = {
  world: World
  scenario: Scenario
  installations: Installation[]
  /** Every journal that ever existed. */
  journals: Stores[]
  watch: Watch
  counts: Counts
  /** Credentials that no vendor accepts any more. */
  endedKeys: Set<string>
  /** Called for each refund when it leaves. */
  onRefund: ((from: Stores) => void)[]
  /** Called for each reading of a return, after which something may be decided. */
  onRead: ((by: Profile) => void)[]
}

const minute = 60_000

export async function simulate(
  seed: number,
  without: readonly Part[] = [],
  log: ((line: string) => void) | null = null,
): Promise<Outcome> {
  const scenario = scenarioOf(seed, without)
  const world = createWorld(seed, scenario.faultRates, log)
  const loop = createLoop(world)
  const masonhub = createMasonHub(world)
  const watch = createWatch({ world, loop, masonhub })
  const counts = emptyCounts()
  const company: Company = {
    world,
    scenario,
    installations: [],
    journals: [],
    watch,
    counts,
    endedKeys: new Set(),
    onRefund: [],
    onRead: [],
  }
  const leaves: NonNullable<Shared['leaves']> = (request, held) => {
    counts.requests += 1
    if (request.path === '/warehouse/return/details') for (const hear of company.onRead) hear(held.profile)
    const claimed = claimedBy(request)
    if (claimed !== null) {
      counts.claims += 1
      watch.claimLeaves(claimed, held)
    }
    checkGrades({ loop, masonhub }, request, held)
    const flagged = flaggedBy(request)
    if (flagged !== null) watch.flagLeaves(flagged, held)
    const returnId = refundedBy(request)
    if (returnId === null) return
    watch.refundLeaves(returnId, held)
    for (const hear of company.onRefund) hear(held.stores)
  }
  const { endedKeys } = company
  const knows = (key: string) => !endedKeys.has(key)
  const vendors: { loop: Shared; masonhub: Shared } = {
    loop: {
      name: 'Loop',
      answer: (request) => answerOfLoop(loop, request),
      state: outages(world, 'Loop'),
      knows,
      leaves,
    },
    masonhub: {
      name: 'MasonHub',
      answer: (request) => answerOfMasonHub(masonhub, request),
      state: outages(world, 'MasonHub'),
      knows,
      leaves,
    },
  }
  for (const plan of scenario.installations) {
    const stores = (plan.journal === 'shared' ? company.journals[0] : null) ?? (await openStores(world, plan.place))
    if (!company.journals.includes(stores)) company.journals.push(stores)
    const profile = profileOf(company, plan)
    company.installations.push(installationOf({ world, plan, profile, stores, vendors, watch }))
  }
  const messages = createMessages(world, loop, masonhub, () => addressesOf(company))
  const returnIds = scenario.returns.map((position) =>
    startStory({ world, loop, masonhub, destinations: scenario.destinations }, position),
  )
  for (const installation of company.installations) {
    staff(company, installation)
    operate(company, installation, returnIds)
  }
  loseJournals(company, returnIds)
  changeSettings(company)
  const merchants = [...new Set(scenario.installations.map(({ merchant }) => merchant))]
  const checked: Checked = { world, loop, masonhub, journals: () => company.journals, merchants, watch }
  await world.run(storiesEnd)
  await checkAlways(checked)
  const endings = await comeToRest(company, checked)
  await checkAlways(checked)
  await checkHistories(checked)
  await checkEvents(checked)
  for (const { committed, operations } of company.journals) {
    counts.parked += (await committed.effects.find({ states: ['parked'] })).length
    counts.operations += operations
  }
  counts.messages = messages.counts.sent
  counts.installations = company.installations.length
  counts.journals = company.journals.length
  for (const stores of company.journals) await stores.close()
  return {
    seed,
    violations: world.violations,
    trace: world.trace(),
    histories: returnIds.length,
    faults: world.faults,
    endings,
    counts,
  }
}

/** A second name is stored in the same file as the first. */
function profileOf({ scenario, installations: [first] }: Company, { merchant, place }: InstallationPlan): Profile {
  if (first === undefined || merchant === first.profile.name) return createProfile(merchant, scenario.policy, place)
  return createSecond(first.profile, merchant, scenario.policy)
}

/** When a vendor is down, or refuses our credential (F45). */
function outages(world: World, name: string): () => 'up' | 'down' | 'unauthorized' {
  const random = world.random(`outages of ${name}`)
  const windows = (['vendor down', 'credential dead'] as const).flatMap((kind) => {
    if (!world.hits(kind, 'all')) return []
    const from = start + random.between(10, 450) * minute
    return [{ kind, from, to: from + random.between(2, 60) * minute }]
  })
  return () => {
    const window = windows.find(({ from, to }) => from <= world.now() && world.now() < to)
    return window === undefined ? 'up' : window.kind === 'vendor down' ? 'down' : 'unauthorized'
  }
}

/** One address for each installation that serves, which has registered its own. */
function addressesOf({ installations }: Company): Address[] {
  return installations.flatMap((installation) =>
    installation.plan.servers === 0
      ? []
      : [{ listeners: () => installation.servers, endpoint: () => installation.endpoint }],
  )
}
