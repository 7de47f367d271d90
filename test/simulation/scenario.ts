import type { Policy } from '../../src/core/policy.ts'
import { defaultPolicy } from '../../src/core/policy.ts'
import { type Dice, diceOf } from './dice.ts'
import { type FaultKind, faultKinds, type Weather, weatherOf } from './faults.ts'

/** One world before it begins: drawn from a seed, with parts taken out while a failure is being shrunk. */
export type Scenario = {
  seed: number
  weather: Weather
  /** Positions of its returns. */
  returns: number[]
  servers: number
  operators: number
  policy: Policy
  destinations: number[]
}

/** What a scenario can do without: `return 3`, `operators`, `second server`, or a kind of fault. */
export type Part = `return ${number}` | 'operators' | 'second server' | FaultKind

export function scenarioOf(seed: number, without: readonly Part[] = []): Scenario {
  const dice = diceOf(seed, 'scenario')
  const weather = weatherOf(dice)
  const returns = Array.from({ length: dice.pick([1, 5, 15, 20, 25, 30, 35, 40]) }, (_, position) => position)
  const servers = dice.chance(0.4) ? 2 : 1
  const operators = dice.chance(0.6) ? dice.between(1, 4) : 0
  const policy = somePolicy(dice)
  const kept = (part: Part) => !without.includes(part)
  return {
    seed,
    weather: Object.fromEntries(
      faultKinds.flatMap((kind) => (kept(kind) && weather[kind] !== undefined ? [[kind, weather[kind]]] : [])),
    ),
    returns: returns.filter((position) => kept(`return ${position}`)),
    servers: kept('second server') ? servers : 1,
    operators: kept('operators') ? operators : 0,
    policy,
    destinations: policy.destinations.map(Number),
  }
}

/** Everything that could still be taken out. */
export function partsOf({ weather, returns, servers, operators }: Scenario): Part[] {
  return [
    ...returns.map((position): Part => `return ${position}`),
    ...(operators > 0 ? (['operators'] as const) : []),
    ...(servers > 1 ? (['second server'] as const) : []),
    ...(Object.keys(weather) as FaultKind[]),
  ]
}

function somePolicy(dice: Dice): Policy {
  const tight = dice.chance(0.2)
  return {
    ...defaultPolicy,
    refunds: dice.chance(0.92),
    destinations: dice.chance(0.3) ? ['10'] : [],
    onUnclear: dice.chance(0.8) ? 'flag' : 'wait',
    requestedStatus: dice.pick(['available', 'qc', 'damaged', 'quarantine']),
    orderReference: dice.pick(['none', 'order-name', 'provider-order-id']),
    reasons: [{ parentReason: null, reason: 'Too small', code: 'tooSmall' }],
    cutoff: dice.chance(0.06) ? '2026-11-23T06:20:00.000Z' : null,
    limits: {
      refundsPerHour: tight ? dice.between(1, 4) : 60,
      refundsPerDay: tight ? dice.between(4, 30) : 500,
      largestRefund: dice.chance(0.15) ? '60.00' : null,
      firstByHand: dice.chance(0.08) ? dice.between(1, 2) : 0,
    },
  }
}
