/** Settings, merchants and credentials that people change while processes run (G4–G6). */
import { defaultPolicy, type Policy } from '../../src/core/merchants/policy.ts'
import { type Installation, named } from './installation.ts'
import { createProfile, type Profile, store } from './profile.ts'
import type { Random } from './random.ts'
import type { Company } from './simulate.ts'
import { start } from './world.ts'

const minute = 60_000

/** A change of a merchant's policy. */
type Change = (policy: Policy, random: Random) => Policy

const limited = (limits: Partial<Policy['limits']>): Change => {
  return (policy) => ({ ...policy, limits: { ...policy.limits, ...limits } })
}

const changes: Record<string, Change> = {
  'refunds off': (policy) => ({ ...policy, refunds: false }),
  'refunds on': (policy) => ({ ...policy, refunds: true }),
  'lower limits': (policy, random) =>
    limited({ refundsPerHour: random.between(0, 3), refundsPerDay: random.between(3, 12) })(policy, random),
  'higher limits': limited({ refundsPerHour: 60, refundsPerDay: 500 }),
  'largest refund': limited({ largestRefund: '50.00' }),
  'first by hand': (policy, random) => limited({ firstByHand: random.between(1, 3) })(policy, random),
  'fewer outcomes': (policy) => ({ ...policy, outcomes: ['refund'] }),
  'all outcomes': (policy) => ({ ...policy, outcomes: defaultPolicy.outcomes }),
  'one destination': (policy) => ({ ...policy, destinations: ['10'] }),
  'a cut-off': (policy, random) => ({
    ...policy,
    cutoff: new Date(start + random.between(5, 90) * minute).toISOString(),
  }),
  wait: (policy) => ({ ...policy, onUnclear: 'wait' }),
  'other reasons': (policy) => ({
    ...policy,
    reasons: [...policy.reasons, { parentReason: null, reason: 'Too big', code: 'tooBig' }],
  }),
}

/** Changes the settings of each installation separately: other machines know nothing of it. */
export function changeSettings(company: Company): void {
  for (const installation of company.installations) {
    const random = company.world.random(named(installation, 'settings'))
    const { profile, world } = installation
    const say = (what: string) => world.note(`${named(installation, 'somebody')} ${what} ${profile.name}`)
    const change = () => {
      const name = random.pick(Object.keys(changes) as [string])
      sometime(company, profile, random, () => {
        if (profile.merchant === null) return
        say(`sets ${name} for`)
        const policy = changes[name]?.(profile.merchant.policy, random) ?? profile.merchant.policy
        store(profile, { ...profile.merchant, policy })
      })
    }
    if (world.hits('settings changed', [])) for (let count = random.between(1, 4); count > 0; count -= 1) change()
    if (world.hits('merchant removed', []))
      sometime(company, profile, random, () => {
        say('removes')
        store(profile, null)
      })
    if (world.hits('credential rotated', [])) rotate(company, profile, random)
  }
}

/** Stores a new key, and revokes the old one later, or at once. */
function rotate({ world, endedKeys }: Company, { keys, name, beside }: Profile, random: Random): void {
  const vendor = random.pick<'loop' | 'masonhub'>(['loop', 'masonhub'])
  // A server starts again with another Loop key, and joins its account (G7, G10); the servers of a world keep running.
  if (vendor === 'loop' && beside.length > 0) return
  world.at(start + random.between(30, 480) * minute, () => {
    const old = keys[vendor]
    keys[vendor] = `${old}+`
    world.note(`the ${vendor} key of ${name} is rotated`)
    world.at(world.now() + random.pick([0, 1_000, 10 * minute]), () => void endedKeys.add(old))
  })
}

/** At any time; in the worst case right after a return was read, when something is about to be decided and sent. */
function sometime({ world, onRead }: Company, profile: Profile, random: Random, what: () => void): void {
  const at = start + random.between(30, 480) * minute
  let isDone = false
  const once = () => {
    if (isDone || world.isClear()) return
    isDone = true
    what()
  }
  if (random.chance(0.4)) {
    world.at(at, once)
    return
  }
  onRead.push((by) => {
    if (!isDone && by === profile && world.now() >= at && random.chance(0.2))
      world.at(world.now() + random.between(0, 1_500), once)
  })
}

/** Adds a removed merchant again, with the policy that was stored first, because it still has work. */
export function bringBack({ profile, world }: Installation, policy: Policy): void {
  if (profile.merchant !== null) return
  world.note(`${profile.name} is added again`)
  store(profile, createProfile(profile.name, policy).merchant)
}
