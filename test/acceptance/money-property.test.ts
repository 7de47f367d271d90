/**
 * No return can be paid twice: random faults at both vendors, people who act in Loop meanwhile, operators who ask for
 * refunds explicitly and by force, and processes that are killed at any step, in any order.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Fault } from '../../src/core/errors/fault.ts'
import type { FaultName } from '../../src/sandbox/fault-injection.ts'
import { sized } from '../size.ts'
import { Killed, killable } from './calls.ts'
import { type Harness, labelFlags, minute, openHarness } from './harness.ts'

const returns = 3
const manualActions = ['close', 'cancel', 'flag', 'review', 'reopen', 'process', 'edit'] as const
const faultNames = [
  'loop.drop-request',
  'loop.drop-answer',
  'loop.drop-answer-process',
  'loop.drop-request-process',
  'loop.drop-answer-note',
  'loop.drop-answer-flag',
  'loop.error-500-after-work',
  'loop.error-503',
  'loop.html',
  'loop.truncated',
  'loop.unknown-shape',
  'loop.process-fails',
  'masonhub.drop-answer',
  'masonhub.error-500-after-work',
  'masonhub.drop-result-row',
  'masonhub.truncated',
  'masonhub.lose-queued',
] as const satisfies FaultName[]

const which = fc.nat({ max: returns - 1 })
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ what: fc.constant('sync' as const) }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('receive' as const), which, good: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('ready' as const) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constantFrom('rules', 'refund', 'force'), which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('killed' as const),
      which,
      at: fc.integer({ min: 1, max: 25 }),
      effect: fc.constantFrom('before' as const, 'after' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant('pass' as const), minutes: fc.constantFrom(0, 0.02, 1, 3, 16, 120) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('person' as const), which, act: fc.constantFrom(...manualActions) }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

const faultRates = fc.dictionary(fc.constantFrom(...faultNames), fc.constantFrom(0.1, 0.3, 0.6), {
  minKeys: 1,
  maxKeys: 4,
})

type Run = { at: Harness; ids: string[]; received: Map<string, boolean>; forced: Set<string> }

/** Ignores injected faults and planned kills; throws any other error. */
async function bearing(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof Killed) && !(error instanceof Fault && error.exit !== 1)) throw error
  }
}

function act({ at, ids }: Run, position: number, action: (typeof manualActions)[number]): void {
  const id = ids[position] ?? ''
  const { loop } = at.sandbox
  try {
    if (action === 'edit') loop.edit(id, { add: [{ sku: 'CAP-RED' }] })
    else loop[action](id)
  } catch {
    // Loop's admin does not offer this action in this state.
  }
}

function receive({ at, ids, received }: Run, position: number, good: boolean): void {
  const id = ids[position] ?? ''
  if (at.rma(id)?.status !== 'open') return
  received.set(id, good)
  at.receive(id, good ? {} : { lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'damaged', quantity: 1 }] }] })
}

async function take(run: Run, one: Step): Promise<void> {
  const { at, ids, forced } = run
  switch (one.what) {
    case 'sync':
      return await bearing(at.sync({ source: 'list' }))
    case 'receive':
      return receive(run, one.which, one.good)
    case 'ready':
      return await bearing(at.resolve('ready'))
    case 'pass':
      return at.pass(one.minutes * minute)
    case 'person':
      return act(run, one.which, one.act)
    case 'killed': {
      const killed = at.worker(killable(at.context, { at: one.at, effect: one.effect }).context)
      return await bearing(killed.resolve(ids[one.which] ?? ''))
    }
    default: {
      const id = ids[one.which] ?? ''
      const force = one.what === 'force'
      if (force) forced.add(id)
      await bearing(at.resolve(id, { requested: one.what === 'rules' ? 'rules' : 'refund', force }))
    }
  }
}

function check({ at, ids, received, forced }: Run): void {
  for (const id of ids) {
    const accepted = at.groundTruth('process_accepted', id).filter(({ detail }) => detail.by === 'api').length
    assert.ok(accepted <= 1, `${id} was processed ${accepted} times`)
    assert.ok(at.requests('loop', 'POST', `/${id}/process`).length <= 1, `${id} was sent more than once`)
    assert.ok(at.paidByUs(id) <= 1, `${id} was paid ${at.paidByUs(id)} times`)
    if (accepted === 1 && !forced.has(id)) assert.equal(received.get(id), true, `${id} was not all available`)
    const notes = at.notes(id).filter((note) => note.startsWith('Warehouse receipt')).length
    assert.ok(notes <= 1, `${id} has ${notes} notes`)
  }
  assert.deepEqual(at.groundTruth('label_bought'), [])
  assert.ok(labelFlags(at.sandbox.requests).every((flag) => flag === false))
}

/** Ends all faults and works again: every effect that was sent must end. */
async function comeToRest(run: Run): Promise<void> {
  const { at, ids } = run
  for (const name of faultNames) at.fault(name, 0)
  for (let round = 0; round < 3; round += 1) {
    at.pass(16 * minute)
    await at.resolve(ids)
  }
  const open = await at.journal.effects.find({ kinds: ['process', 'flag'], states: ['sent', 'accepted', 'in_doubt'] })
  assert.deepEqual(
    open.map(({ returnId, kind, state }) => [returnId, kind, state]),
    [],
  )
}

describe('acceptance: under random faults, whatever people do', () => {
  it('a return is paid at most once and only for a good receipt, a flag has one note at most, and no label is bought', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 4, maxLength: 16 }),
        faultRates,
        fc.nat({ max: 1_000_000 }),
        async (steps, faults, seed) => {
          const at = await openHarness({ seed })
          try {
            const ids = Array.from({ length: returns }, () => at.file())
            const run: Run = { at, ids, received: new Map(), forced: new Set() }
            await at.sync()
            at.pass(minute)
            // The first return is received from the start, so that a refund is due from the first step on.
            receive(run, 0, true)
            for (const [name, chance] of Object.entries(faults)) at.fault(name as FaultName, chance)
            for (const one of steps) {
              await take(run, one)
              check(run)
            }
            await comeToRest(run)
            check(run)
          } finally {
            await at.close()
          }
        },
      ),
      { numRuns: sized(15, 500), endOnFailure: false },
    )
  })
})
