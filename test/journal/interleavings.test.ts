import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type RefundKind, refundKinds } from '../../src/core/refunds/refund-kinds.ts'
import { isLegal, isRenewable, refusal } from '../../src/journal/effects/transitions.ts'
import { type Effect, type EffectState, effectStates, type Journal } from '../../src/journal/journal.ts'
import { at, effect, generous, onEachEngine, refund } from './fresh.ts'

/**
 * One step of one of two owners. Each step is a transaction, so a list of steps describes any interleaving of the two.
 */
type Step = { owner: 'ann' | 'bob'; returnId: string; kind: RefundKind } & (
  | { what: 'plan'; digest: string }
  | { what: 'claim'; explicit: boolean }
  | { what: 'settle'; from: readonly EffectState[]; to: EffectState }
  | { what: 'pause' | 'resume' | 'give up' }
)

const actors = {
  owner: fc.constantFrom('ann' as const, 'bob' as const),
  returnId: fc.constantFrom('1', '2'),
  kind: fc.constantFrom(...refundKinds),
}
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({ ...actors, what: fc.constant('plan' as const), digest: fc.constantFrom('a', 'b') }),
    },
    { weight: 4, arbitrary: fc.record({ ...actors, what: fc.constant('claim' as const), explicit: fc.boolean() }) },
    {
      weight: 6,
      arbitrary: fc.record({
        ...actors,
        what: fc.constant('settle' as const),
        from: fc.oneof(
          fc.constantFrom(...effectStates).map((state) => [state]),
          fc.subarray([...effectStates], { minLength: 1 }),
        ),
        to: fc.constantFrom(...effectStates),
      }),
    },
    { weight: 3, arbitrary: fc.record({ ...actors, what: fc.constant('give up' as const) }) },
    { weight: 1, arbitrary: fc.record({ ...actors, what: fc.constantFrom('pause' as const, 'resume' as const) }) },
  ),
  { minLength: 5, maxLength: 25 },
)

onEachEngine(
  'two owners of the same refunds of both kinds, in any interleaving (F1, F7, F8, F23, G16)',
  ({ freshJournal }) => {
    let journal: Journal
    // Where no PostgreSQL can run, no journal was opened.
    let dispose = async () => {}
    let merchants = 0
    before(async () => {
      ;({ journal, dispose } = await freshJournal())
    })
    after(() => dispose())

    it('send each at most once unless its owner gave it back, hold pauses and limits, and keep what is decided', async () => {
      await fc.assert(
        fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), async (list, refundsPerHour) => {
          merchants += 1
          const run: Run = { merchant: `m${merchants}`, refundsPerHour, paused: false, sent: new Map() }
          for (const step of list) await take(journal, run, step)
          await checkHistory(journal, run)
        }),
        { numRuns: 60 },
      )
    })

    it('settle other kinds by the same table: what is not legal throws and changes nothing', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ from: fc.constantFrom(...effectStates), to: fc.constantFrom(...effectStates) })),
          async (changes) => {
            merchants += 1
            const { effectId } = await journal.effects.plan(effect({ merchant: `m${merchants}` }), at)
            for (const { from, to } of changes) {
              const before = await claimed(journal, effectId)
              const change = { from: [from], to, evidence: 'e', at, actor: 'ann' }
              if (to === 'sent' || !isLegal('rma.create', from, to)) {
                await assert.rejects(journal.effects.settle(effectId, change), { code: 'JOURNAL_FORBIDDEN' })
                assert.deepEqual(await journal.effects.get(effectId), before)
              } else {
                const settled = await journal.effects.settle(effectId, change)
                assert.equal(settled?.state, before.state === from ? to : undefined)
              }
            }
          },
        ),
        { numRuns: 30 },
      )
    })
  },
)

/** What the outside world knows of a run: the model with which the journal is compared. */
type Run = {
  merchant: string
  refundsPerHour: number
  paused: boolean
  /** Refunds that were sent, by return; giving one back removes it. */
  sent: Map<string, number>
}

async function claimed(journal: Journal, effectId: string): Promise<Effect> {
  await journal.effects.claim(effectId, 'ann', at)
  const found = await journal.effects.get(effectId)
  assert.ok(found)
  return found
}

async function take(journal: Journal, run: Run, next: Step): Promise<void> {
  const { merchant } = run
  // Loop's return ids are unique, so no two runs use the same one.
  const step = { ...next, returnId: `${merchant}.${next.returnId}` }
  const rows = await journal.effects.find({ merchant, returnIds: [step.returnId] })
  assert.ok(rows.filter(({ state }) => state !== 'abandoned').length <= 1, 'two refunds of one return')
  const row = rows.find(({ kind }) => kind === step.kind)
  switch (step.what) {
    case 'plan':
      return await plan(journal, run, step, rows)
    case 'claim':
      return await claim(journal, run, step, row)
    case 'settle':
      return await settle(journal, step, row)
    case 'give up':
      return await giveUp(journal, run, step, rows)
    case 'pause':
      run.paused = true
      return await journal.refunds.pause(merchant, 'odd', step.owner, at)
    case 'resume':
      assert.equal(await journal.refunds.resume(merchant, step.owner, at), run.paused)
      run.paused = false
  }
}

async function plan(
  journal: Journal,
  { merchant }: Run,
  step: Step & { what: 'plan' },
  rows: readonly Effect[],
): Promise<void> {
  const { owner: actor, returnId, digest, kind } = step
  const row = rows.find((one) => one.kind === kind)
  const isTaken = rows.some((one) => one.kind !== kind && one.state !== 'abandoned')
  const planned = await journal.effects.plan(refund(returnId, { kind, merchant, digest, actor }), at)
  if (isTaken) assert.equal(planned.state, 'abandoned', 'the other kind holds the slot')
  else if (!row || isRenewable(row)) assert.deepEqual([planned.state, planned.digest], ['planned', digest])
  else assert.deepEqual(planned, row)
}

async function claim(journal: Journal, run: Run, step: Step & { what: 'claim' }, row?: Effect): Promise<void> {
  if (!row) return
  const { refundsPerHour } = run
  const { owner, explicit, returnId } = step
  const result = await journal.effects.claimRefund(row.effectId, owner, at, { ...generous, refundsPerHour, explicit })
  const total = [...run.sent.values()].reduce((sum, count) => sum + count, 0)
  const expected =
    row.state !== 'planned'
      ? 'NOT_PLANNED'
      : run.paused
        ? 'REFUNDS_PAUSED'
        : total >= refundsPerHour
          ? 'HOURLY_LIMIT'
          : 'claimed'
  assert.equal(result.claimed ? 'claimed' : result.code, expected)
  if (!result.claimed) return
  const count = (run.sent.get(returnId) ?? 0) + 1
  assert.equal(count, 1, 'sent twice')
  run.sent.set(returnId, count)
}

async function settle(journal: Journal, step: Step & { what: 'settle' }, row?: Effect): Promise<void> {
  if (!row) return
  const { owner: actor, from, to } = step
  const change = { from, to, evidence: 'e', at, actor }
  if (refusal(row, { from, to, actor }) !== null) {
    await assert.rejects(journal.effects.settle(row.effectId, change), { code: 'JOURNAL_FORBIDDEN' })
    assert.deepEqual(await journal.effects.get(row.effectId), row)
    return
  }
  const settled = await journal.effects.settle(row.effectId, change)
  assert.equal(settled?.state, from.includes(row.state) ? to : undefined)
  if (!settled) return
  assert.ok(!['confirmed', 'refused', 'abandoned'].includes(row.state), 'what is decided has changed')
  assert.notEqual(to, 'planned')
}

async function giveUp(
  journal: Journal,
  run: Run,
  { owner: actor, returnId }: Step,
  rows: readonly Effect[],
): Promise<void> {
  const claims = (await journal.claims.of(returnId)).filter(({ merchant }) => merchant === run.merchant)
  const last = claims.at(-1)
  const row = rows.find(({ effectId }) => effectId === last?.effectId)
  if (!row || !last) return
  const how = { posted: true, evidence: 'e', at, actor }
  if (last.givenUpAt === null && row.state === 'sent' && row.owner !== actor) {
    await assert.rejects(journal.claims.giveUp(last.nonce, how), { code: 'JOURNAL_FORBIDDEN' })
    assert.deepEqual(await journal.effects.get(row.effectId), row)
    return
  }
  const planned = await journal.claims.giveUp(last.nonce, how)
  const isOurs = last.givenUpAt === null && row.state === 'sent'
  assert.equal(planned?.state, isOurs ? 'planned' : undefined)
  if (isOurs) run.sent.set(returnId, 0)
}

/** The last history entry of each effect names its state, and `sent` occurs as often as it was claimed. */
async function checkHistory(journal: Journal, { merchant }: Run): Promise<void> {
  for (const { effectId, returnId, state, attempts } of await journal.effects.find({ merchant })) {
    const all = await journal.history.of(merchant, returnId)
    const history = all.filter((entry) => entry.effectId === effectId)
    assert.equal(history.at(-1)?.what, state)
    assert.equal(history.filter(({ what }) => what === 'sent').length, attempts)
  }
}
