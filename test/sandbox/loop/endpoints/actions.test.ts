import assert from 'node:assert/strict'
import type { Harness } from '../../harness.ts'
import { startHarness } from '../../harness.ts'

type State = 'open' | 'review' | 'flagged' | 'closed' | 'cancelled' | 'expired'

const refused = (state: string, code = 'UNPROCESSABLE_RETURN') => ({
  errors: { message: `Return is ${state} and therefore cannot be processed.`, code },
})
const said = (state: string) => ({ message: `Return is ${state} and therefore cannot be processed.` })
const content = (word: string) => ({ content: `Return is ${word} and cannot be processed.` })

/** loop.md §8.2, with the envelope of each refusal; `true` means accepted. */
const table: Record<'process' | 'flag' | 'close' | 'cancel', Record<State, unknown>> = {
  process: {
    open: true,
    review: said('review'),
    flagged: refused('open', 'UNPROCESSABLE_FLAGGED_RETURN'),
    closed: refused('closed'),
    cancelled: said('cancelled'),
    expired: refused('expired'),
  },
  flag: {
    open: true,
    review: refused('review'),
    flagged: refused('review'),
    closed: refused('closed'),
    cancelled: refused('cancelled'),
    expired: refused('expired'),
  },
  close: {
    open: true,
    review: true,
    flagged: true,
    closed: refused('closed'),
    cancelled: said('cancelled'),
    expired: true,
  },
  cancel: {
    open: true,
    review: content('flagged'),
    flagged: content('flagged'),
    closed: refused('closed'),
    cancelled: refused('cancelled'),
    expired: content('expired'),
  },
}

describe('Loop stand-in: return actions (loop.md §11.6)', () => {
  let harness: Harness
  beforeEach(async () => {
    harness = await startHarness({ faults: { 'loop.success-body': 0 } })
  })
  afterEach(() => harness.sandbox.stop())

  const act = (id: string, action: string, body?: unknown) => harness.post(`/warehouse/return/${id}/${action}`, body)
  const stateOf = (id: string) => harness.sandbox.loop.returns.get(Number(id))?.state
  const paid = (id: string) => harness.sandbox.loop.refundsPaid(id)

  function fileIn(state: State): string {
    const id = harness.file(state === 'flagged' ? {} : { state })
    if (state === 'flagged') harness.sandbox.loop.flag(id)
    return id
  }

  for (const [action, states] of Object.entries(table)) {
    for (const [state, expected] of Object.entries(states)) {
      it(`${action} of a return that is ${state}: ${expected === true ? 'accepted' : 'refused'}, always with HTTP 200`, async () => {
        const id = fileIn(state as State)
        const { status, body } = await act(id, action)
        assert.equal(status, 200)
        assert.deepEqual(body, expected)
      })
    }
    it(`${action} of an unknown return is a 200 with an error in it`, async () => {
      const { status, body } = await act('1', action)
      assert.equal(status, 200)
      assert.deepEqual(body, { errors: { message: 'No return found with this ID.' } })
    })
  }

  it('accepts alternately with true and with the string "true" by default (loop.md §10.1)', async () => {
    harness.sandbox.world.faults.set('loop.success-body', 2)
    const texts: string[] = []
    for (let i = 0; i < 2; i += 1) texts.push((await act(harness.file(), 'close')).text)
    assert.deepEqual(texts, ['true', '"true"'])
  })

  it('only queues: the return stays open, is paid after 0.8 to 2.3 s, and is closed then', async () => {
    const id = harness.file({ units: [{ price: 4_000, tax: 250 }] })
    assert.equal((await act(id, 'process')).body, true)
    harness.clock.advance(799)
    assert.equal(stateOf(id), 'open')
    assert.equal(paid(id), 0)
    harness.clock.advance(2_300 - 799)
    assert.equal(stateOf(id), 'closed')
    assert.equal(paid(id), 1)
    const { body } = await harness.get(`/warehouse/return/details?return_id=${id}`)
    assert.equal(body.was_processed, true)
    assert.deepEqual(
      body.refunds.map((refund: { amount: string }) => refund.amount),
      ['42.50'],
    )
    const triggers = harness.sandbox.loop.emitted.map((event) => event.trigger)
    assert.deepEqual(triggers.slice(-2), ['return.closed', 'return.updated'])
  })

  it('pays once for each accepted call, even when both were accepted before the first ran (C2)', async () => {
    const id = harness.file()
    await act(id, 'process')
    await act(id, 'process')
    harness.clock.advance(5_000)
    assert.equal(paid(id), 2)
    assert.deepEqual((await act(id, 'process')).body, refused('closed'))
    harness.clock.advance(5_000)
    assert.equal(paid(id), 2)
  })

  it('pays nothing for a close, and a person’s cancel stops a queued job', async () => {
    const closed = harness.file()
    await act(closed, 'close')
    const cancelled = harness.file()
    await act(cancelled, 'process')
    harness.sandbox.loop.cancel(cancelled)
    harness.clock.advance(5_000)
    assert.equal(paid(closed) + paid(cancelled), 0)
    assert.equal(stateOf(cancelled), 'cancelled')
  })

  it('a job can fail after its 200: to review, or staying open, with a message that may be null (F6)', async () => {
    const { faults } = harness.sandbox.world
    faults.set('loop.process-fails', 1)
    const reviewed = harness.file()
    assert.equal((await act(reviewed, 'process')).body, true)
    harness.clock.advance(5_000)
    assert.equal(stateOf(reviewed), 'review')
    assert.deepEqual((await act(reviewed, 'process')).body, said('review'))
    const event = harness.sandbox.loop.emitted.at(-1)
    assert.equal(event?.trigger, 'return.processing.failed')
    assert.equal(event?.message, null)
    faults.set('loop.process-fails-to-review', 0)
    const open = harness.file()
    await act(open, 'process')
    harness.clock.advance(5_000)
    assert.equal(stateOf(open), 'open')
    assert.equal(paid(reviewed) + paid(open), 0)
  })

  it('the refund can come later than the closing', async () => {
    harness.sandbox.world.faults.set('loop.refund-late-ms', 60_000)
    const id = harness.file()
    await act(id, 'process')
    harness.clock.advance(5_000)
    const refunds = async () => (await harness.get(`/warehouse/return/details?return_id=${id}`)).body.refunds.length
    assert.equal(stateOf(id), 'closed')
    assert.equal(await refunds(), 0)
    harness.clock.advance(60_000)
    assert.equal(await refunds(), 1)
  })

  it('a shop can let flagged returns be processed, and can keep them open (F20, loop.md §10.9)', async () => {
    const { faults } = harness.sandbox.world
    faults.set('loop.flag-keeps-open', 1)
    const id = harness.file()
    await act(id, 'flag')
    assert.equal(stateOf(id), 'open')
    assert.deepEqual((await act(id, 'process')).body, refused('open', 'UNPROCESSABLE_FLAGGED_RETURN'))
    faults.set('loop.flagged-may-process', 1)
    assert.equal((await act(id, 'process')).body, true)
    harness.clock.advance(5_000)
    assert.equal(paid(id), 1)
  })

  it('an exchange that is out of stock gives the rest once and drops to review (loop.md §8.5)', async () => {
    const id = harness.file({
      outcome: 'exchange+refund',
      units: [{ price: 5_000 }],
      exchanges: [{ price: 2_000, outOfStock: true }],
    })
    await act(id, 'process')
    harness.clock.advance(5_000)
    assert.equal(stateOf(id), 'review')
    assert.equal(paid(id), 1)
    harness.sandbox.loop.reopen(id)
    await act(id, 'process')
    harness.clock.advance(5_000)
    assert.equal(paid(id), 1)
  })

  it('writes the keys of the process body into the timeline, unless switched off', async () => {
    const id = harness.file()
    await act(id, 'process', { rma: 'R-1', installation: 'abc' })
    const { body } = await harness.get(`/warehouse/return/${id}/notes`)
    assert.equal(body.length, 1)
    assert.match(body[0].content, /rma: R-1/)
    harness.sandbox.world.faults.set('loop.process-note', 0)
    const other = harness.file()
    await act(other, 'process', { rma: 'R-2' })
    assert.equal((await harness.get(`/warehouse/return/${other}/notes`)).status, 422)
  })

  it('remove drops units and processes the rest; with none left it cancels; else 422 (loop.md §5.5)', async () => {
    const id = harness.file({ units: [{ price: 1_000 }, { price: 3_000 }] })
    const [first, second] = harness.sandbox.loop.returns.get(Number(id))?.units ?? []
    const remove = (one: string, ids: unknown) => act(one, `remove?line_item_id=${ids}`)
    // Of this shop, but of another return.
    const other = harness.sandbox.loop.returns.get(Number(harness.file()))?.units[0]?.lineItemId
    assert.deepEqual((await act(id, 'remove')).body, { error: { message: 'The line item id field is required.' } })
    const none = await remove(id, other)
    assert.equal(none.status, 422)
    assert.deepEqual(none.body, { message: 'There are no line items that qualify for removal' })
    assert.deepEqual((await remove(id, `${first?.lineItemId},${other}`)).body, {
      message: 'Not all line items qualify for removal',
    })
    assert.equal((await remove(id, first?.lineItemId)).body, true)
    harness.clock.advance(5_000)
    assert.equal(harness.sandbox.loop.returns.get(Number(id))?.refunds[0]?.amount, 3_000)
    assert.deepEqual((await remove(id, second?.lineItemId)).body, { message: 'Return cannot be modified.' })
    const whole = harness.file({ units: [{ quantity: 2 }] })
    const all = harness.sandbox.loop.returns.get(Number(whole))?.units.map((unit) => unit.lineItemId)
    await remove(whole, all)
    assert.equal(stateOf(whole), 'cancelled')
    const exchange = harness.file({ exchanges: [{}] })
    const [swapped] = harness.sandbox.loop.returns.get(Number(exchange))?.units ?? []
    assert.equal((await remove(exchange, swapped?.lineItemId)).status, 422)
  })
})

describe('Loop stand-in: remove as it is documented (loop.md §5.5)', () => {
  let harness: Harness
  beforeEach(async () => {
    harness = await startHarness({ faults: { 'loop.success-body': 0 } })
  })
  afterEach(() => harness.sandbox.stop())

  const unitsOf = (id: string) => harness.sandbox.loop.returns.get(Number(id))?.units ?? []
  const remove = (id: string, ids: unknown) => harness.post(`/warehouse/return/${id}/remove?line_item_id=${ids}`)
  const two = (outcome: string) => harness.file({ outcome, units: [{ price: 1_000 }, { price: 3_000 }] })
  const later = (id: string) => {
    harness.clock.advance(5_000)
    const { state, refunds } = harness.sandbox.loop.returns.get(Number(id)) ?? {}
    return [state, refunds?.map(({ amount }) => amount), harness.sandbox.loop.refundsPaid(id)]
  }

  for (const [outcome, amounts] of [
    ['refund', [3_000]],
    ['credit', []],
    ['credit+refund', [1_500]],
    ['refund+credit', [1_500]],
  ] as const) {
    it(`takes a unit out and pays the rest of ${outcome}, without a note`, async () => {
      const id = two(outcome)
      assert.equal((await remove(id, unitsOf(id)[0]?.lineItemId)).body, true)
      assert.deepEqual(later(id), ['closed', amounts, 1])
      assert.equal((await harness.get(`/warehouse/return/${id}/notes`)).status, 422)
    })
  }

  for (const outcome of ['exchange', 'exchange+refund', 'upsell', 'refund+points']) {
    it(`refuses ${outcome} with 422`, async () => {
      const id = two(outcome)
      const { status, body } = await remove(id, unitsOf(id)[0]?.lineItemId)
      assert.deepEqual([status, body.message], [422, 'There are no line items that qualify for removal'])
      assert.deepEqual(later(id), ['open', [], 0])
    })
  }

  it('answers 403 for another shop’s unit, and takes nothing out', async () => {
    const id = two('refund')
    for (const ids of ['1', `${unitsOf(id)[0]?.lineItemId},1`]) {
      const { status, body } = await remove(id, ids)
      assert.equal(status, 403)
      assert.equal(typeof body.errors[0].message, 'string')
    }
    assert.equal(unitsOf(id).length, 2)
    assert.deepEqual(later(id), ['open', [], 0])
  })

  it('pays once for each call that was accepted before the first ran (C2)', async () => {
    const id = harness.file({ units: [{ price: 1_000 }, { price: 2_000 }, { price: 4_000 }] })
    const [first, second] = unitsOf(id).map((unit) => unit.lineItemId)
    for (const one of [first, second]) assert.equal((await remove(id, one)).body, true)
    assert.deepEqual(later(id), ['closed', [4_000, 4_000], 2])
  })

  it('can answer 500 although the units are out and the rest is paid (F1)', async () => {
    harness.sandbox.world.faults.set('loop.remove-500-after-work', 1)
    const id = two('refund')
    const { status, body } = await remove(id, unitsOf(id)[0]?.lineItemId)
    assert.deepEqual([status, body], [500, { message: 'An error was encountered during processing.' }])
    assert.equal(unitsOf(id).length, 1)
    assert.deepEqual(later(id), ['closed', [3_000], 1])
  })

  it('shows what it took out, unpaid, if it is told to; what is left then is all there is', async () => {
    harness.sandbox.world.faults.set('loop.removed-units-vanish', 0)
    const id = two('refund')
    const [first, second] = unitsOf(id).map((unit) => unit.lineItemId)
    await remove(id, first)
    assert.equal(unitsOf(id).length, 2)
    assert.deepEqual(later(id), ['closed', [3_000], 1])
    const whole = two('refund')
    const [gone, rest] = unitsOf(whole).map((unit) => unit.lineItemId)
    await remove(whole, `${gone},${rest}`)
    assert.deepEqual(later(whole), ['cancelled', [], 0])
    assert.equal((await remove(id, second)).status, 422)
  })
})

describe('Loop stand-in: notes, grading and disposition (loop.md §11.9)', () => {
  let harness: Harness
  beforeEach(async () => {
    harness = await startHarness({ faults: { 'loop.success-body': 0 } })
  })
  afterEach(() => harness.sandbox.stop())

  it('answers 422 with the body false while there is no note', async () => {
    const { status, text } = await harness.get(`/warehouse/return/${harness.file()}/notes`)
    assert.equal(status, 422)
    assert.equal(text, 'false')
  })

  it('takes notes of up to 254 characters and lists them bare or wrapped (loop.md §10.3)', async () => {
    const id = harness.file()
    const note = (text: unknown) => harness.post(`/warehouse/return/${id}/note`, { content: text })
    assert.equal((await note('x'.repeat(254))).body, true)
    for (const wrong of ['x'.repeat(255), '', undefined, 5]) {
      const { status, body } = await note(wrong)
      assert.equal(status, 422)
      assert.deepEqual(body, {
        errors: { message: 'Content is required and must be less than 255 characters.' },
      })
    }
    const bare = await harness.get(`/warehouse/return/${id}/notes`)
    assert.deepEqual(Object.keys(bare.body[0]), ['id', 'content', 'created_at'])
    assert.equal(bare.body.length, 1)
    harness.sandbox.world.faults.set('loop.notes-wrapped', 1)
    assert.deepEqual((await harness.get(`/warehouse/return/${id}/notes`)).body, { notes: bare.body })
  })

  it('grades and assesses at most 30 units of this shop', async () => {
    const id = harness.file()
    const unit = harness.sandbox.loop.returns.get(Number(id))?.units[0]
    const items = [{ line_item_id: unit?.lineItemId, description: 'Torn', condition_category: 'grade_d' }]
    const older = { version: '/2026-07' }
    const graded = await harness.post('/dispositioning/grade', { items }, older)
    assert.equal(graded.status, 200)
    assert.deepEqual(graded.body, items)
    const assessed = [{ line_item_id: unit?.lineItemId, disposition_outcome: 'donate' }]
    assert.equal((await harness.post('/dispositioning/assess', { items: assessed })).status, 200)
    assert.equal(unit?.condition?.category?.grade, 'grade_d')
    assert.equal(unit?.disposition?.['disposition_outcome'], 'donate')
    const many = Array.from({ length: 31 }, () => items[0])
    assert.equal((await harness.post('/dispositioning/grade', { items: many }, older)).status, 422)
    const foreign = [{ line_item_id: 7, description: 'Whose?' }]
    assert.equal((await harness.post('/dispositioning/grade', { items: foreign })).status, 403)
    const wrong = [{ line_item_id: unit?.lineItemId, disposition_outcome: 'shelf' }]
    assert.equal((await harness.post('/dispositioning/assess', { items: wrong })).status, 422)
  })
})

describe('Loop stand-in: destinations and webhook subscriptions', () => {
  let harness: Harness
  beforeEach(async () => {
    harness = await startHarness()
  })
  afterEach(() => harness.sandbox.stop())

  it('lists destinations, and answers a flat 404 for an unknown one', async () => {
    const { body } = await harness.get('/destinations')
    assert.deepEqual(
      body.destinations.map((row: { type: string }) => row.type),
      ['warehouse', 'warehouse', 'donate'],
    )
    const missing = await harness.get('/destinations/9')
    assert.equal(missing.status, 404)
    assert.equal(missing.body.code, 'NOT_FOUND')
  })

  it('creates, changes and deletes webhooks, never shows a secret, and they are born inactive (loop.md §10.4)', async () => {
    const requested = { topic: 'return', trigger: 'return.created', url: 'https://example.com/hook' }
    const made = await harness.post('/webhooks', requested)
    assert.equal(made.status, 201)
    assert.deepEqual(Object.keys(made.body), ['id', 'shop_id', 'topic', 'trigger', 'url', 'status'])
    assert.equal(made.body.status, 'inactive')
    assert.equal((await harness.post('/webhooks', { ...requested, status: 'active' })).body.status, 'active')
    const changed = { ...requested, url: 'https://example.com/other' }
    const put = await harness.ask('PUT', `/webhooks/${made.body.id}`, changed)
    assert.equal(put.status, 204)
    assert.equal(put.text, '')
    const { body } = await harness.get('/webhooks')
    assert.deepEqual(body.webhooks[0], { ...made.body, url: changed.url })
    assert.equal((await harness.ask('DELETE', `/webhooks/${made.body.id}`)).status, 204)
    const gone = await harness.ask('DELETE', `/webhooks/${made.body.id}`)
    assert.equal(gone.status, 404)
    assert.deepEqual(gone.body, { errors: { code: 'NOT_FOUND' } })
  })

  it('refuses an unknown topic with 422', async () => {
    const { status, body } = await harness.post('/webhooks', { topic: 'order', trigger: 'x', url: 'https://e.example' })
    assert.equal(status, 422)
    assert.match(body.message, /^Must be one of the following values:return,/)
  })
})
