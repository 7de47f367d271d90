import assert from 'node:assert/strict'
import type { EffectContext } from '../../src/effects/context.ts'
import { alone, claim, giveBack, type Proposed, type Protocol, plan, run, send } from '../../src/effects/run.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { at, clock, effect, freshJournal } from '../journal/fresh.ts'

type Answer = 'yes' | 'silence'

describe('the life of an effect', () => {
  let journal: Journal
  let dispose: () => Promise<void>
  let requests: string[][]

  beforeEach(async () => {
    ;({ journal, dispose } = await freshJournal())
    requests = []
  })
  afterEach(() => dispose())

  /** The machine itself uses only the journal, the actor and the clock of its context. */
  const contextOf = (actor: string) => ({ journal, actor, clock }) as unknown as EffectContext
  const ann = () => contextOf('ann@desk')
  const proposed = (...returnIds: string[]): Proposed<string>[] =>
    returnIds.map((returnId) => ({ item: returnId, effect: effect({ returnId }) }))
  const statesOf = async (...returnIds: string[]) =>
    (await journal.effects.find({ merchant: 'acme', returnIds })).map(({ state }) => state)

  function answering(answer: Answer): Protocol<string, Answer> {
    return {
      async send(_context, claimed) {
        requests.push(claimed.map(({ item }) => item))
        return claimed.map((one) => ({ ...one, answer }))
      },
      read: (answered) => (answered.answer === 'yes' ? { to: 'accepted', evidence: 'It said yes.' } : null),
    }
  }

  it('is planned, claimed, sent in one request with others, and its answer is recorded', async () => {
    const answered = await run(ann(), answering('yes'), proposed('1', '2'), at)
    assert.deepEqual(requests, [['1', '2']])
    assert.deepEqual(
      answered.map(({ item, answer }) => [item, answer]),
      [
        ['1', 'yes'],
        ['2', 'yes'],
      ],
    )
    const effects = await journal.effects.find({ merchant: 'acme' })
    assert.deepEqual(
      effects.map(({ state, evidence, attempts, owner }) => ({ state, evidence, attempts, owner })),
      Array(2).fill({ state: 'accepted', evidence: 'It said yes.', attempts: 1, owner: 'ann@desk' }),
    )
  })

  it('F8 is sent by one run alone: what another has claimed is not among the answers', async () => {
    const [one] = await plan(ann(), proposed('1'), at)
    assert.ok(one)
    await claim(contextOf('bob@desk'), [one], at)
    assert.deepEqual(
      (await run(ann(), answering('yes'), proposed('1', '2'), at)).map(({ item }) => item),
      ['2'],
    )
    assert.deepEqual(requests, [['2']])
    assert.deepEqual(await statesOf('1'), ['sent'])
  })

  it('nothing is asked for where nothing was won', async () => {
    await run(ann(), answering('yes'), proposed('1'), at)
    assert.deepEqual(await run(ann(), answering('yes'), proposed('1'), at), [])
    assert.deepEqual(requests, [['1']])
  })

  it('F1 a claim is used once: a second request for it never leaves', async () => {
    const claimed = await claim(ann(), await plan(ann(), proposed('1'), at), at)
    await send(ann(), answering('silence'), claimed)
    await assert.rejects(send(ann(), answering('silence'), claimed), /sent twice/)
    assert.deepEqual(requests, [['1']])
  })

  it('F8 what was only planned is never sent', async () => {
    const planned = await plan(ann(), proposed('1'), at)
    await assert.rejects(send(ann(), answering('yes'), planned), /nobody claimed/)
    assert.deepEqual(requests, [])
    assert.deepEqual(await statesOf('1'), ['planned'])
  })

  it('F1 what was given back is not sent: another run may have claimed it', async () => {
    const claimed = await claim(ann(), await plan(ann(), proposed('1'), at), at)
    await giveBack(ann(), claimed, 'Interrupted.')
    await assert.rejects(send(ann(), answering('yes'), claimed), /sent twice/)
    assert.deepEqual(requests, [])
  })

  it('F1 what was sent is not given back, so that it can’t be sent again', async () => {
    const claimed = await claim(ann(), await plan(ann(), proposed('1'), at), at)
    await send(ann(), answering('silence'), claimed)
    await assert.rejects(giveBack(ann(), claimed, 'Interrupted.'), /sent twice/)
    assert.deepEqual(await statesOf('1'), ['sent'])
  })

  it('two kinds of one return are each sent as what they are', async () => {
    const both = (['rma.create', 'rma.delete'] as const).map((kind) => ({ item: kind, effect: effect({ kind }) }))
    const planned = await plan(ann(), both, at)
    assert.deepEqual(
      planned.map(({ item, effect: { kind } }) => [item, kind]),
      both.map(({ item }) => [item, item]),
    )
  })

  it('where each needs its own request, several are not sent together', async () => {
    const single = { ...answering('yes'), send: alone(async (): Promise<Answer> => 'yes') }
    await assert.rejects(run(ann(), single, proposed('1', '2'), at), /one per request/)
    assert.deepEqual(await statesOf('1', '2'), ['sent', 'sent'])
  })

  it('wanted twice, it is claimed once', async () => {
    const [one] = await plan(ann(), proposed('1'), at)
    assert.ok(one)
    assert.equal((await claim(ann(), [one, one], at)).length, 1)
  })

  it('F7 stays sent when this run may not say what became of it', async () => {
    await run(ann(), answering('silence'), proposed('1'), at)
    assert.deepEqual(await statesOf('1'), ['sent'])
  })

  it('F9 an answer speaks of its own try: once it was planned and claimed again, it changes nothing', async () => {
    const claimed = await claim(ann(), await plan(ann(), proposed('1'), at), at)
    const late: Protocol<string, Answer> = {
      ...answering('yes'),
      send: alone(async (context, { effect: { effectId } }): Promise<Answer> => {
        const back = { from: ['sent'], to: 'planned', evidence: 'Not there.', at, actor: 'bob@desk' } as const
        await context.journal.effects.settle(effectId, back)
        await context.journal.effects.claim(effectId, 'bob@desk', at)
        return 'yes'
      }),
    }
    await send(ann(), late, claimed)
    const [row] = await journal.effects.find({ merchant: 'acme' })
    assert.deepEqual([row?.state, row?.attempts, row?.owner], ['sent', 2, 'bob@desk'])
  })

  it('is given back when it was not sent, for another run to claim', async () => {
    await giveBack(ann(), await claim(ann(), await plan(ann(), proposed('1'), at), at), 'Interrupted.')
    assert.deepEqual(await statesOf('1'), ['planned'])
    await run(contextOf('bob@desk'), answering('yes'), proposed('1'), at)
    assert.deepEqual(await statesOf('1'), ['accepted'])
  })
})
