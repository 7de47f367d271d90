/** Settings, merchants and credentials that people change while processes run (G4–G6). */
import { defaultPolicy, type Policy } from '../../src/core/merchants/policy.ts'
import type { Dice } from './dice.ts'
import { type Installation, named } from './installation.ts'
import { createProfile, type Profile, store } from './profile.ts'
import type { Company } from './simulate.ts'
import { start } from './world.ts'

const minute = 60_000

/** What somebody wants of it from now on. */
type Change = (policy: Policy, dice: Dice) => Policy

const limited = (limits: Partial<Policy['limits']>): Change => {
  return (policy) => ({ ...policy, limits: { ...policy.limits, ...limits } })
}

const changes: Record<string, Change> = {
  'refunds off': (policy) => ({ ...policy, refunds: false }),
  'refunds on': (policy) => ({ ...policy, refunds: true }),
  'lower limits': (policy, dice) =>
    limited({ refundsPerHour: dice.between(0, 3), refundsPerDay: dice.between(3, 12) })(policy, dice),
  'higher limits': limited({ refundsPerHour: 60, refundsPerDay: 500 }),
  'largest refund': limited({ largestRefund: '50.00' }),
  'first by hand': (policy, dice) => limited({ firstByHand: dice.between(1, 3) })(policy, dice),
  'fewer outcomes': (policy) => ({ ...policy, outcomes: ['refund'] }),
  'all outcomes': (policy) => ({ ...policy, outcomes: defaultPolicy.outcomes }),
  'one destination': (policy) => ({ ...policy, destinations: ['10'] }),
  'a cut-off': (policy, dice) => ({ ...policy, cutoff: new Date(start + dice.between(5, 90) * minute).toISOString() }),
  wait: (policy) => ({ ...policy, onUnclear: 'wait' }),
  'other reasons': (policy) => ({
    ...policy,
    reasons: [...policy.reasons, { parentReason: null, reason: 'Too big', code: 'tooBig' }],
  }),
}

/** Of each installation by itself: another machine knows nothing of it. */
export function changeSettings(company: Company): void {
  for (const installation of company.installations) {
    const dice = company.world.dice(named(installation, 'settings'))
    const { profile, world } = installation
    const say = (what: string) => world.note(`${named(installation, 'somebody')} ${what} ${profile.name}`)
    const change = () => {
      const name = dice.pick(Object.keys(changes) as [string])
      sometime(company, profile, dice, () => {
        if (profile.merchant === null) return
        say(`sets ${name} for`)
        const policy = changes[name]?.(profile.merchant.policy, dice) ?? profile.merchant.policy
        store(profile, { ...profile.merchant, policy })
      })
    }
    if (world.hits('settings changed', [])) for (let count = dice.between(1, 4); count > 0; count -= 1) change()
    if (world.hits('merchant removed', []))
      sometime(company, profile, dice, () => {
        say('removes')
        store(profile, null)
      })
    if (world.hits('credential rotated', [])) rotate(company, profile, dice)
  }
}

/** A new key is stored, and the old one ended a while later, or at once. */
function rotate({ world, endedKeys }: Company, { keys, name, beside }: Profile, dice: Dice): void {
  const vendor = dice.pick<'loop' | 'masonhub'>(['loop', 'masonhub'])
  // A server begins anew with another key of Loop, and joins its account (G7, G10); those of a world go on.
  if (vendor === 'loop' && beside.length > 0) return
  world.at(start + dice.between(30, 480) * minute, () => {
    const old = keys[vendor]
    keys[vendor] = `${old}+`
    world.note(`the ${vendor} key of ${name} is rotated`)
    world.at(world.now() + dice.pick([0, 1_000, 10 * minute]), () => void endedKeys.add(old))
  })
}

/** At any time, or at worst right after a return was looked at, so that something is about to be decided and done. */
function sometime({ world, onRead }: Company, profile: Profile, dice: Dice, what: () => void): void {
  const at = start + dice.between(30, 480) * minute
  let isDone = false
  const once = () => {
    if (isDone || world.isClear()) return
    isDone = true
    what()
  }
  if (dice.chance(0.4)) {
    world.at(at, once)
    return
  }
  onRead.push((by) => {
    if (!isDone && by === profile && world.now() >= at && dice.chance(0.2))
      world.at(world.now() + dice.between(0, 1_500), once)
  })
}

/** Whoever removed a merchant, and still has work for it, adds it again, with what was stored at first. */
export function bringBack({ profile, world }: Installation, policy: Policy): void {
  if (profile.merchant !== null) return
  world.note(`${profile.name} is added again`)
  store(profile, createProfile(profile.name, policy).merchant)
}
