import assert from 'node:assert/strict'
import { exitOfLabel, type LabelResult, planLabel, requestLabel } from '../../src/usecases/returns/request-label.ts'
import { settleSent } from '../../src/usecases/serve/jobs.ts'
import { acceptance, day, type Harness, hour, minute } from './harness.ts'

describe('asking Loop for a label (loop.md §14.5)', () => {
  const open = acceptance()

  /** A return that has waited for its label for three days. */
  async function waiting(options: Parameters<typeof open>[0] = {}): Promise<{ at: Harness; id: string }> {
    const at = await open(options)
    const id = at.file({ label: { after: 'never' } })
    at.pass(3 * day)
    return { at, id }
  }

  const seenRequests = (at: Harness) => at.requests('loop', 'POST', '/labels').length
  const states = async (at: Harness, id: string) => (await at.effects(id, 'label')).map(({ state }) => state)
  const codes = ({ outcome, reasons }: LabelResult) => [outcome, reasons[0]?.code ?? null]

  it('queues it, waits for it, and the next sync announces the return', async () => {
    const { at, id } = await waiting()
    assert.equal((await at.show(id)).next.command, `mhloop rma label ${id} -m acme`)
    const result = await requestLabel(at.context, id, 2 * minute)
    const number = at.sandbox.loop.returns.get(Number(id))?.labels[0]?.trackingNumber
    assert.deepEqual(result, { returnId: id, outcome: 'confirmed', reasons: [], trackingNumber: number })
    assert.deepEqual(await states(at, id), ['confirmed'])
    assert.deepEqual((await at.sync()).created, [{ returnId: id, units: 1 }])
    assert.equal(at.groundTruth('loop_label_bought', id).length, 1)
  })

  it('a second request within the hour is refused, by whomever and however the first ended (H39)', async () => {
    const { at, id } = await waiting({ faults: { 'loop.label-min-ms': 10 * hour, 'loop.label-max-ms': 10 * hour } })
    assert.deepEqual(codes(await requestLabel(at.context, id, 0)), ['accepted', null])
    at.pass(59 * minute)
    const other = at.worker({ actor: 'bob@desk' })
    assert.deepEqual(codes(await requestLabel(other.context, id, 0)), ['refused', 'LABEL_REQUESTED'])
    assert.equal(seenRequests(at), 1)
  })

  it('two at the same moment send one request (H39)', async () => {
    const { at, id } = await waiting()
    const both = await Promise.all([
      requestLabel(at.context, id, 0),
      requestLabel(at.worker({ actor: 'bob@desk', journal: await at.secondJournal() }).context, id, 0),
    ])
    assert.equal(both.filter(({ outcome }) => outcome === 'accepted').length, 1)
    assert.equal(seenRequests(at), 1)
    at.pass(minute)
    assert.equal(at.groundTruth('loop_label_bought', id).length, 1)
  })

  it('a lost answer is in doubt, and is not asked for again; the label that comes settles it (H39)', async () => {
    const { at, id } = await waiting({ faults: { 'loop.drop-answer-labels': 1 } })
    const result = await requestLabel(at.context, id, 2 * minute)
    assert.deepEqual([codes(result), exitOfLabel(result)], [['in_doubt', 'IN_DOUBT'], 8])
    assert.deepEqual(codes(await requestLabel(at.context, id, 0)), ['refused', 'LABEL_REQUESTED'])
    at.pass(minute)
    await at.show(id)
    assert.deepEqual([await states(at, id), seenRequests(at)], [['confirmed'], 1])
    assert.deepEqual(codes(await requestLabel(at.context, id, 0)), ['refused', 'LABEL_EXISTS'])
    assert.equal(at.groundTruth('loop_label_bought', id).length, 1)
  })

  it('a label that does not come is left to a person after an hour, who may ask again', async () => {
    const { at, id } = await waiting({ faults: { 'loop.drop-request-labels': 1 } })
    assert.equal((await requestLabel(at.context, id, 0)).outcome, 'in_doubt')
    at.pass(61 * minute)
    const parked = await at.show(id)
    assert.ok(parked.findings.some(({ code }) => code === 'PARKED'))
    assert.equal(parked.next.command, `mhloop rma label ${id} -m acme`)
    at.fault('loop.drop-request-labels', 0)
    assert.equal((await requestLabel(at.context, id, 2 * minute)).outcome, 'confirmed')
    await at.show(id)
    assert.deepEqual(await states(at, id), ['confirmed', 'confirmed'])
    assert.equal(at.groundTruth('loop_label_bought', id).length, 1)
  })

  it('what Loop refuses is refused, and may be asked for again at once', async () => {
    const { at, id } = await waiting({ faults: { 'loop.label-fails': 1 } })
    const result = await requestLabel(at.context, id, 0)
    assert.deepEqual([codes(result), exitOfLabel(result)], [['refused', 'label_generation_failed'], 6])
    at.fault('loop.label-fails', 0)
    assert.equal((await requestLabel(at.context, id, 2 * minute)).outcome, 'confirmed')
  })

  it('a request that never left may be sent by the next run', async () => {
    const { at, id } = await waiting()
    const unreachable = {
      ...at.context.loop,
      requestLabel: async () => ({ kind: 'not_sent', detail: 'no route' }) as const,
    }
    const result = await requestLabel({ ...at.context, loop: unreachable }, id, 0)
    assert.deepEqual([codes(result), exitOfLabel(result)], [['skipped', 'LOOP_UNREACHABLE'], 7])
    assert.equal((await requestLabel(at.context, id, 2 * minute)).outcome, 'confirmed')
    assert.deepEqual(
      (await at.effects(id, 'label')).map(({ generation, state }) => [generation, state]),
      [[0, 'confirmed']],
    )
  })

  it('serve finds out what became of it, and never asks itself', async () => {
    const { at, id } = await waiting()
    assert.equal((await requestLabel(at.context, id, 0)).outcome, 'accepted')
    at.pass(minute)
    await settleSent(at.context, { resolve: true, report: () => undefined })
    assert.deepEqual([await states(at, id), seenRequests(at)], [['confirmed'], 1])
  })

  it('a plan sends nothing; a return that is handed in without a box is refused though details lack the method (A-45)', async () => {
    const { at, id } = await waiting({ faults: { 'loop.details-lack-list-fields': 1 } })
    assert.equal((await planLabel(at.context, id)).refusal, null)
    assert.deepEqual([seenRequests(at), await states(at, id)], [0, []])
    const seen = { customerIdentifier: `loop-${id}`, orderName: null, returnUpdatedAt: null }
    await at.journal.links.see('acme', [{ ...seen, returnId: id, boxFree: true }], at.clock.now().toISOString())
    assert.equal((await planLabel(at.context, id)).refusal?.code, 'NO_LABEL_WANTED')
  })
})
