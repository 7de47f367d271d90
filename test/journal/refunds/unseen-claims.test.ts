import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { at, generous, minutes, type Opened, onEachEngine, refund } from '../fresh.ts'

onEachEngine('a refund whose claim was never seen', ({ freshJournal }) => {
  let opened: Opened
  beforeEach(async () => {
    opened = await freshJournal()
  })
  afterEach(() => opened.dispose())

  const planned = async (returnId: string) => (await opened.journal.effects.plan(refund(returnId), at)).effectId
  const claimed = async (returnId: string) => {
    const claim = await opened.journal.effects.claimRefund(await planned(returnId), 'ann@desk', at, generous)
    assert.ok(claim.claimed)
    return { effectId: claim.effect.effectId, nonce: claim.nonce }
  }
  const asUnsent = (effectId: string) =>
    opened.journal.effects.settle(effectId, {
      from: ['sent'],
      to: 'parked',
      because: 'CLAIM_UNSEEN',
      evidence: 'its run has died',
      at: minutes(16),
      actor: 'bob@desk',
    })
  const unseen = async (...effectIds: string[]) => [...(await opened.journal.claims.unseen(effectIds))]

  it('G1 is settled as not sent, and then its run no longer wins', async () => {
    const { effectId, nonce } = await claimed('1')
    assert.deepEqual(await unseen(effectId, 'another'), [effectId])
    const settled = await asUnsent(effectId)
    assert.deepEqual([settled?.state, settled?.parkedBecause], ['parked', 'CLAIM_UNSEEN'])
    assert.equal((await opened.journal.claims.win(nonce, minutes(17), {}))?.code, 'NOT_PLANNED')
    assert.deepEqual(await unseen(effectId), [])
  })

  it('G1 once it was seen it is not settled so, and the database refuses every attempt', async () => {
    const { effectId, nonce } = await claimed('1')
    assert.equal(await opened.journal.claims.win(nonce, at, {}), null)
    assert.deepEqual(await unseen(effectId), [])
    assert.equal(await asUnsent(effectId), null)
    const around = sql`update effects set parked_because = 'CLAIM_UNSEEN', state = 'parked' where effect_id = ${effectId}`
    await assert.rejects(around.execute(opened.engine.store), (error: Error) =>
      /whose claim was seen/.test(`${error.message} ${String(error.cause)}`),
    )
    assert.equal((await opened.journal.effects.get(effectId))?.state, 'sent')
  })

  it('G1 which of the two comes first decides, however close they are', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { effectId, nonce } = await claimed(String(round))
      const [halted, settled] = await Promise.all([opened.journal.claims.win(nonce, at, {}), asUnsent(effectId)])
      assert.equal(halted === null, settled === null, 'it goes out, or it is told as not sent')
    }
  })

  it('G1 counts as sent where it has no claim, as before schema 3, and where the journal may have forgotten', async () => {
    const old = await planned('1')
    const before = sql`update effects set state = 'sent', sent_at = ${at}, owner = 'ann@desk' where effect_id = ${old}`
    await before.execute(opened.engine.store)
    assert.deepEqual(await unseen(old), [])
    assert.equal(await asUnsent(old), null)
    const { effectId } = await claimed('2')
    assert.deepEqual(await unseen(effectId), [effectId])
    for (const merchant of ['acme', null]) {
      await opened.journal.refunds.quarantine(merchant, 'moved, or restored', 'ann@desk', at)
      await opened.journal.refunds.release('acme', 'ann@desk', minutes(1))
      assert.deepEqual(await unseen(effectId), [], String(merchant))
      assert.equal(await asUnsent(effectId), null)
    }
  })
})
