import type { LoopSandbox, NewReturn, NewUnit } from '../loop/register.ts'
import type { MasonHubSandbox } from '../masonhub/types.ts'
import { createRandom } from '../random.ts'
import type { Random, World } from '../world.ts'
import { catalogue, stories } from './stories.ts'
import { kits } from './stories-of-kits.ts'
import type { ExpectedEnd, PlannedReceipt, SeededReturn, Story } from './story.ts'

/** The parts of a sandbox that seeding uses. */
export type Seedable = {
  world: World
  loop: LoopSandbox
  masonhub: Pick<MasonHubSandbox, 'addSkus' | 'addKits'>
  seeded: Map<string, SeededReturn>
}

export type SeedOptions = { count?: number; seed?: number }

const minute = 60_000
const hour = 60 * minute
const fillerDays = 60

/**
 * Fills both sides: first the stories, then plain returns up to `count` (default: only the stories). A second call adds
 * only plain returns, because a story's ids and order names exist once.
 */
export function seedSandbox(sandbox: Seedable, options: SeedOptions = {}): SeededReturn[] {
  const count = options.count ?? stories.length
  const random = createRandom(options.seed ?? 1)
  sandbox.masonhub.addSkus(catalogue)
  sandbox.masonhub.addKits(kits)
  const tags = new Set([...sandbox.seeded.values()].map((seeded) => seeded.tag))
  const fresh = stories.filter((story) => !tags.has(story.tag)).slice(0, count)
  const added = fresh.map((story) => file(sandbox, story))
  while (added.length < count) added.push(fill(sandbox, random, sandbox.seeded.size))
  return added
}

function file(sandbox: Seedable, story: Story): SeededReturn {
  // A minute apart: a page edge among returns of one second would hide them all (loop.md §4.2: the cursor is a second).
  const earlier = story.hoursAgo * hour + (story.hoursAgo > 0 ? stories.indexOf(story) * minute : 0)
  const createdAt = new Date(sandbox.world.clock.now().getTime() - earlier)
  const { id } = sandbox.loop.createReturn({ ...story.filed, createdAt })
  return remember(sandbox, id, story)
}

/** Files a plain return now: its label appears as usual, its parcel when the caller receives it. */
export function fileNow(sandbox: Seedable, random: Random): SeededReturn {
  const plan = somePlan(random)
  sandbox.masonhub.addSkus([plan.sku])
  const { id } = sandbox.loop.createReturn({ units: [unitsOf(plan, random)], label: { walks: false } })
  return remember(sandbox, id, { tag: 'live', about: plan.about, expected: plan.expected, receipt: plan.receipt })
}

function unitsOf(plan: ReturnPlan, random: Random): NewUnit {
  return { sku: plan.sku, title: plan.sku, price: 1_000 + 100 * random.below(120), quantity: plan.quantity }
}

function remember(sandbox: Seedable, id: number, details: Omit<SeededReturn, 'returnId'>): SeededReturn {
  const { tag, about, expected, receipt } = details
  const seeded = { returnId: String(id), tag, about, expected, receipt }
  sandbox.seeded.set(seeded.returnId, seeded)
  return seeded
}

/** Files a plain return of the last two months: mostly fine, some damaged, some still travelling. */
function fill(sandbox: Seedable, random: Random, position: number): SeededReturn {
  const plan = somePlan(random)
  const filed: NewReturn = {
    orderName: `${20_000 + position}`,
    createdAt: new Date(sandbox.world.clock.now().getTime() - Math.floor(random.next() * fillerDays * 24 * hour)),
    units: [unitsOf(plan, random)],
    label: { status: plan.expected === 'wait' ? 'in_transit' : 'delivered' },
    silent: true,
  }
  const { id } = sandbox.loop.createReturn(filed)
  return remember(sandbox, id, { tag: 'plain', about: plan.about, expected: plan.expected, receipt: plan.receipt })
}

type Outcome = { about: string; expected: ExpectedEnd; receipt: PlannedReceipt | null }
type ReturnPlan = Outcome & { sku: string; quantity: number }

function somePlan(random: Random): ReturnPlan {
  const sku = catalogue[random.below(catalogue.length)] ?? catalogue[0]
  const quantity = 1 + random.below(3)
  return { sku, quantity, ...outcomeOf(random, sku, quantity) }
}

function outcomeOf(random: Random, sku: string, quantity: number): Outcome {
  const throw100 = random.below(100)
  if (throw100 < 80) return { about: 'All fine', expected: 'refund', receipt: 'complete' }
  if (throw100 < 88) return { about: 'Still travelling', expected: 'wait', receipt: null }
  if (throw100 < 95) {
    const received = { available: quantity - 1, damaged: 1 }
    return { about: 'One damaged', expected: 'flag', receipt: [{ sku, received }] }
  }
  return { about: 'One missing', expected: 'flag', receipt: [{ sku, received: { available: quantity - 1 } }] }
}
