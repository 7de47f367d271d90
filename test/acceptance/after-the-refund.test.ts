/**
 * What changes at a vendor after mhloop has finished a return: it is reported with a next step, never as done (G15).
 */
import assert from 'node:assert/strict'
import { acceptance, day, type Harness, minute } from './harness.ts'

const damaged = { lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'damaged', quantity: 1 }] }] }
const summarise = (
  findings: readonly { code: string; severity: string; returnId: string | null; fix: string | null }[],
) => findings.map(({ code, severity, returnId, fix }) => [code, severity, returnId, fix])

async function refunded(at: Harness): Promise<string> {
  const id = at.file()
  await at.sync()
  at.receive(id)
  at.pass(minute)
  const [resolved] = await at.resolve(id, { wait: minute })
  assert.equal(resolved?.outcome, 'confirmed')
  assert.deepEqual((await at.show(id)).next, { text: 'Nothing: it is done.', command: null })
  return id
}

/** Deletes a return in Loop. The API has no call for it; only Loop's support can do it. */
function deleteInLoop({ sandbox }: Harness, id: string): void {
  const returns = sandbox.loop.returns as Map<number, unknown>
  assert.ok(returns.delete(Number(id)))
}

describe('acceptance: after the refund (G15)', () => {
  const open = acceptance()

  it('G15 a receipt that is corrected to damaged after the refund: a finding, and what to do', async () => {
    const at = await open()
    const id = await refunded(at)
    at.receive(id, { ...damaged })
    at.pass(minute)
    const { findings, next } = await at.show(id)
    const expected = [['RESOLUTION_MISMATCH', 'error', id, `mhloop rma show ${id} -m acme`]]
    assert.deepEqual(summarise(findings), expected)
    assert.match(next.text, /can't be taken back.*settle it with the shopper outside mhloop/)
    assert.equal(next.command, `mhloop rma history ${id} -m acme`)
    assert.deepEqual(summarise((await at.audit()).findings), expected)
    assert.equal(at.paidByUs(id), 1)
  })

  for (const [about, receive, severity] of [
    ['is awaited', false, 'warning'],
    ['was received', true, 'error'],
  ] as const) {
    it(`G15 a return that is deleted in Loop while its parcel ${about}: a finding, and what to do`, async () => {
      const at = await open()
      const id = at.file()
      await at.sync()
      if (receive) at.receive(id)
      at.pass(minute)
      deleteInLoop(at, id)
      const { findings, next } = await at.show(id)
      const expected = [['RETURN_GONE', severity, id, `mhloop rma show ${id} -m acme`]]
      assert.deepEqual(summarise(findings), expected)
      assert.match(next.text, /^Find out in the Loop admin who deleted the return/)
      assert.equal(next.command, `mhloop rma history ${id} -m acme`)
      assert.deepEqual(summarise((await at.audit()).findings), expected)
      assert.equal(at.rma(id)?.status, receive ? 'received' : 'open')
    })
  }

  it('G15 an RMA that this journal never saw a return for stays an orphan, with the command that shows it', async () => {
    const at = await open()
    const id = at.file()
    await at.worker({ journal: await at.foreignJournal() }).sync()
    at.pass(minute)
    deleteInLoop(at, id)
    const { findings, next } = await at.show(id)
    assert.deepEqual([findings, next.command], [[], null])
    const [orphan] = (await at.audit()).findings
    assert.deepEqual([orphan?.code, orphan?.fix], ['RMA_ORPHAN', `mhloop rma show ${id} -m acme`])
  })

  it('H16 an ordinarily refunded return stays resolved over syncs, and can be forgotten', async () => {
    const at = await open()
    const id = await refunded(at)
    const flagged = at.file()
    await at.sync()
    at.receive(flagged, damaged)
    at.pass(minute)
    await at.resolve(flagged, { wait: minute })
    for (const wait of [0, minute, day]) {
      at.pass(wait)
      await at.sync()
      await at.sync({ returnIds: [id, flagged] })
      for (const [returnId, reason] of [
        [id, 'refund'],
        [flagged, 'flag'],
      ] as const) {
        const link = await at.journal.links.get('acme', returnId)
        assert.deepEqual([link?.status, link?.reason], ['resolved', reason])
      }
    }
    const request = {
      before: null,
      returnIds: [id],
      at: at.clock.now().toISOString(),
      actor: 'ann@desk',
      dryRun: false,
    }
    assert.deepEqual(await at.journal.forget(request).then(({ returns, kept: retained }) => [returns, retained]), [
      1,
      [],
    ])
    const [process, ...others] = await at.journal.effects.find({ returnIds: [id] })
    assert.deepEqual([process?.kind, process?.state, others], ['process', 'confirmed', []])
  })
})
