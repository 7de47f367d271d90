import assert from 'node:assert/strict'
import fc from 'fast-check'
import { installationOf } from './installation.ts'
import { createLoop, type Loop, type LoopReturn } from './loop.ts'
import { answerOfLoop } from './loop-wire.ts'
import { createMasonHub, type MasonHub } from './masonhub.ts'
import { answerOfMasonHub } from './masonhub-wire.ts'
import { type Command, typeCommand } from './processes.ts'
import { createProfile } from './profile.ts'
import { scenarioOf } from './scenario.ts'
import { onlyInstallation } from './several.ts'
import { openStores } from './store.ts'
import { receive } from './warehouse.ts'
import { createWorld, start, type World } from './world.ts'

const returnId = '99904598'

/** A received return that is open in Loop: every process may resolve it now. */
function ready(world: World, loop: Loop, masonhub: MasonHub, receipt: string): LoopReturn {
  const unit = { lineItemId: 501, sku: 'TEE', reason: 'Other', parentReason: null, outcome: 'default' }
  const filed = {
    orderName: '#1001',
    outcome: 'refund',
    amount: '47.50',
    destinationId: 10,
    paidBeforeInspection: false,
  }
  const record = loop.file({ returnId, ...filed }, [unit])
  loop.label(record, { trackingNumber: '94001118992231', status: 'delivered', at: world.now() })
  const line = {
    sku: 'TEE',
    quantity: 1,
    reasonCode: 'other',
    requestedStatus: 'available',
    notes: null,
    orderId: null,
  }
  const lines = [{ ...line, reported: null, details: null, unannounced: false }]
  const announced = {
    status: 'open',
    packageId: '94001118992231',
    manifestId: null,
    instructions: null,
    lines,
  } as const
  const rma = masonhub.add({ customerIdentifier: returnId, returnType: 'rma_submitted_by_customer' }, announced)
  receive(masonhub, rma, receipt, world.random('receipt'))
  return record
}

type Start = { after: number; requested: 'rules' | 'refund' | 'flag'; force: boolean }

/** Runs all of them at once, with their steps in the order of the seed; returns what reached Loop. */
async function race(
  seed: number,
  receipt: string,
  starts: readonly Start[],
): Promise<LoopReturn & { violations: string[] }> {
  const world = createWorld(seed, {})
  const [loop, masonhub] = [createLoop(world), createMasonHub(world)]
  const stores = await openStores(world)
  const installation = installationOf({
    world,
    plan: onlyInstallation(0, starts.length),
    stores,
    profile: createProfile('acme', {
      ...scenarioOf(1).policy,
      refunds: true,
      destinations: [],
      cutoff: null,
      onUnclear: 'flag',
      limits: { refundsPerHour: 60, refundsPerDay: 500, largestRefund: null, firstByHand: 0 },
      claimSettle: 0,
    }),
    vendors: {
      loop: { name: 'Loop', answer: (request) => answerOfLoop(loop, request), state: () => 'up' },
      masonhub: { name: 'MasonHub', answer: (request) => answerOfMasonHub(masonhub, request), state: () => 'up' },
    },
  })
  const record = ready(world, loop, masonhub, receipt)
  await world.run(start + 5_000)
  for (const [index, { after, requested, force }] of starts.entries()) {
    const command: Command = { type: 'resolve', returnIds: [returnId], requested, force, wait: 0 }
    world.resume(world.now() + after, () => void typeCommand(installation, `worker-${index}`, command, null))
  }
  await world.run(world.now() + 30 * 60_000)
  await stores.close()
  return { ...record, violations: world.violations }
}

const starts = fc.array(
  fc.record({
    after: fc.integer({ min: 0, max: 600 }),
    requested: fc.constantFrom('rules' as const, 'rules' as const, 'refund' as const, 'flag' as const),
    force: fc.boolean(),
  }),
  { minLength: 2, maxLength: 4 },
)

describe('two workers and an operator at one return, in any interleaving (F8)', () => {
  it('send Loop one refund at most, whichever process asks for it', async () => {
    let refunds = 0
    let contended = 0
    await fc.assert(
      fc.asyncProperty(fc.nat(), starts, fc.constantFrom('fine', 'fine', 'damaged'), async (seed, list, receipt) => {
        const { processed, paid, violations } = await race(seed, receipt, list)
        assert.deepEqual(violations, [])
        assert.ok(processed.length <= 1 && paid.length <= 1, `${processed.length} sent, ${paid.length} paid`)
        const forced = list.some(({ requested, force }) => requested === 'refund' && force)
        if (receipt === 'damaged' && !forced) assert.equal(processed.length, 0)
        refunds += paid.length
        if (list.filter(({ requested }) => requested !== 'flag').length > 1) contended += 1
      }),
      { numRuns: 150 },
    )
    assert.ok(refunds > 30 && contended > 60, `${refunds} refunds, ${contended} races: it must come to both`)
  })
})
