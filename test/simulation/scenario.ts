import type { Policy } from '../../src/core/merchants/policy.ts'
import { defaultPolicy } from '../../src/core/merchants/policy.ts'
import { type FaultKind, type FaultRates, faultKindsOfSeveral, faultRatesOf } from './fault-rates.ts'
import { gradesIn } from './grades.ts'
import { isOfBoxes, isOfSeveral } from './kinds-of-worlds.ts'
import { type Random, randomOf } from './random.ts'
import { type InstallationPlan, onlyInstallation, someOthers } from './several.ts'

/** One world before it begins: drawn from a seed, with parts removed while a failure is being shrunk. */
export type Scenario = {
  seed: number
  faultRates: FaultRates
  /** Positions of its returns. */
  returns: number[]
  /** One installation, in most worlds. */
  installations: InstallationPlan[]
  policy: Policy
  destinations: number[]
}

/** A part that can be removed: `return 3`, `operators`, `second server`, `installation 1`, or a kind of fault. */
export type Part = `return ${number}` | `installation ${number}` | 'operators' | 'second server' | FaultKind

export function scenarioOf(seed: number, without: readonly Part[] = []): Scenario {
  const random = randomOf(seed, 'scenario')
  const faultRates = faultRatesOfSeed(seed, random)
  const returns = Array.from({ length: random.pick([1, 5, 15, 20, 25, 30, 35, 40]) }, (_, position) => position)
  const servers = random.chance(0.4) ? 2 : 1
  const operators = random.chance(0.6) ? random.between(1, 4) : 0
  const policy = ofBoxes(seed, somePolicy(random))
  const takesPart = (part: Part) => !without.includes(part)
  const first = onlyInstallation(takesPart('second server') ? servers : 1, takesPart('operators') ? operators : 0)
  const others = isOfSeveral(seed) ? someOthers(randomOf(seed, 'installations')) : []
  return {
    seed,
    faultRates: Object.fromEntries(
      Object.entries(faultRates).filter(
        ([kind, probability]) => takesPart(kind as FaultKind) && probability !== undefined,
      ),
    ),
    returns: returns.filter((position) => takesPart(`return ${position}`)),
    installations: [first, ...others.filter(({ place }) => takesPart(`installation ${place}`))],
    policy,
    destinations: policy.destinations.map(Number),
  }
}

function faultRatesOfSeed(seed: number, random: Random): FaultRates {
  const faultRates = faultRatesOf(random)
  if (!isOfSeveral(seed)) return faultRates
  // If notes are hidden one by one, no list is complete, and no installation can know of other claims
  // (docs/assumptions.md).
  delete faultRates['note hidden']
  return { ...faultRates, ...faultRatesOf(randomOf(seed, 'weather of several'), faultKindsOfSeveral, 0.5) }
}

/** Everything that could still be removed. */
export function partsOf({ faultRates, returns, installations }: Scenario): Part[] {
  const [{ servers, operators } = onlyInstallation(1, 0), ...others] = installations
  return [
    ...others.map(({ place }): Part => `installation ${place}`),
    ...returns.map((position): Part => `return ${position}`),
    ...(operators > 0 ? (['operators'] as const) : []),
    ...(servers > 1 ? (['second server'] as const) : []),
    ...(Object.keys(faultRates) as FaultKind[]),
  ]
}

/** From no wait at all to one that outlasts the world; fractions of a day end while things still happen. */
function ofBoxes(seed: number, policy: Policy): Policy {
  if (!isOfBoxes(seed)) return policy
  const otherBox = randomOf(seed, 'waits').pick([0, 0.05, 0.1, 0.2, 1, 10, 10])
  const grades = { ...policy.grades, on: gradesIn(seed).areOn }
  return { ...policy, grades, waits: { ...policy.waits, otherBox } }
}

function somePolicy(random: Random): Policy {
  const tight = random.chance(0.2)
  return {
    ...defaultPolicy,
    refunds: random.chance(0.92),
    destinations: random.chance(0.3) ? ['10'] : [],
    onUnclear: random.chance(0.8) ? 'flag' : 'wait',
    requestedStatus: random.pick(['available', 'qc', 'damaged', 'quarantine']),
    orderReference: random.pick(['none', 'order-name', 'provider-order-id']),
    reasons: [{ parentReason: null, reason: 'Too small', code: 'tooSmall' }],
    cutoff: random.chance(0.06) ? '2026-11-23T06:20:00.000Z' : null,
    limits: {
      refundsPerHour: tight ? random.between(1, 4) : 60,
      refundsPerDay: tight ? random.between(4, 30) : 500,
      largestRefund: random.chance(0.15) ? '60.00' : null,
      firstByHand: random.chance(0.08) ? random.between(1, 2) : 0,
    },
  }
}
