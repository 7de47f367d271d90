import assert from 'node:assert/strict'
import type { Journal } from '../../../src/journal/journal.ts'
import { at, minutes, onEachEngine } from '../fresh.ts'

const seen = (returnId: string, orderName: string | null, returnUpdatedAt: string | null = null) => ({
  returnId,
  customerIdentifier: `r${returnId}`,
  orderName,
  returnUpdatedAt,
})

onEachEngine('links of returns in the journal', ({ freshJournal }) => {
  let journal: Journal
  let dispose: () => Promise<void>
  beforeEach(async () => {
    ;({ journal, dispose } = await freshJournal())
  })
  afterEach(() => dispose())

  it('are registered once, with the first moment kept and the rest as last seen', async () => {
    await journal.links.see('acme', [seen('1', '#1001', '2026-02-01T00:00:00Z')], at)
    const [link] = await journal.links.see('acme', [seen('1', '#1001', '2026-02-02T00:00:00Z')], minutes(5))
    assert.deepEqual(link, {
      merchant: 'acme',
      returnId: '1',
      customerIdentifier: 'r1',
      orderName: '#1001',
      ordinal: 1,
      status: 'open',
      reason: null,
      announced: null,
      returnUpdatedAt: '2026-02-02T00:00:00Z',
      boxFree: null,
      firstSeenAt: at,
      lastSeenAt: minutes(5),
    })
    assert.deepEqual(await journal.links.get('acme', '1'), link)
    assert.equal(await journal.links.get('other', '1'), null)
  })

  it('count the returns of an order from 1, in the order first seen, per merchant', async () => {
    const ordinals = async (merchant: string, ...returns: ReturnType<typeof seen>[]) =>
      (await journal.links.see(merchant, returns, at)).map(({ returnId, ordinal }) => `${returnId}:${ordinal}`)
    assert.deepEqual(await ordinals('acme', seen('7', '#1'), seen('5', '#1'), seen('6', '#2')), ['7:1', '5:2', '6:1'])
    assert.deepEqual(await ordinals('acme', seen('9', '#1'), seen('5', '#1')), ['9:3', '5:2'])
    assert.deepEqual(await ordinals('other', seen('5', '#1')), ['5:1'])
  })

  it('get their place in the order once its name is known, and keep the name when it is left out later', async () => {
    await journal.links.see('acme', [seen('1', '#1'), seen('2', null)], at)
    const [named] = await journal.links.see('acme', [seen('2', '#1')], at)
    assert.deepEqual([named?.orderName, named?.ordinal], ['#1', 2])
    const [unnamed] = await journal.links.see('acme', [seen('2', null)], at)
    assert.deepEqual([unnamed?.orderName, unnamed?.ordinal], ['#1', 2])
  })

  it('are picked from the whole row of a status, a few, turned by `start`, and none of those left out', async () => {
    const ids = Array.from({ length: 10 }, (_, index) => String(index))
    await journal.links.see(
      'acme',
      [...ids, 'x', 'y'].map((id) => seen(id, null)),
      at,
    )
    await journal.links.see('other', [seen('z', null)], at)
    await journal.links.setStatus('acme', [{ returnId: 'x', status: 'gone', reason: null }], at)
    const pick = (start: number, most = 2) =>
      journal.links.pick('acme', { statuses: ['open', 'received'], but: ['y', 'unknown'], most, start })
    assert.deepEqual(
      [await pick(0), await pick(1), await pick(7)],
      [
        ['0', '5'],
        ['1', '6'],
        ['7', '2'],
      ],
    )
    assert.deepEqual((await pick(3, 50)).toSorted(), ids)
    assert.deepEqual(await journal.links.pick('nobody', { statuses: ['open'], but: [], most: 2, start: 0 }), [])
  })

  it('come back in the order given, also when given twice', async () => {
    const links = await journal.links.see('acme', [seen('2', '#1'), seen('1', '#1'), seen('2', '#1')], at)
    assert.deepEqual(
      links.map(({ returnId, ordinal }) => [returnId, ordinal]),
      [
        ['2', 1],
        ['1', 2],
        ['2', 1],
      ],
    )
  })

  it('get the status that is set, and keep what was announced unless that is set, too', async () => {
    await journal.links.see('acme', [seen('1', '#1'), seen('2', '#2')], at)
    await journal.links.see('other', [seen('1', '#1')], at)
    await journal.links.setStatus(
      'acme',
      [
        { returnId: '1', status: 'open', reason: null, announced: ['11', '12'] },
        { returnId: '2', status: 'held', reason: 'WAITING_FOR_TRACKING' },
      ],
      minutes(1),
    )
    await journal.links.setStatus('acme', [{ returnId: '1', status: 'received', reason: null }], minutes(2))
    const first = await journal.links.get('acme', '1')
    assert.deepEqual([first?.status, first?.announced, first?.lastSeenAt], ['received', ['11', '12'], minutes(2)])
    const second = await journal.links.get('acme', '2')
    assert.deepEqual([second?.status, second?.reason, second?.announced], ['held', 'WAITING_FOR_TRACKING', null])
    assert.equal((await journal.links.get('other', '1'))?.status, 'open')
    await journal.links.setStatus(
      'acme',
      [{ returnId: '1', status: 'gone', reason: null, announced: null }],
      minutes(3),
    )
    assert.equal((await journal.links.get('acme', '1'))?.announced, null)
  })

  it('are not changed where an unknown return is among them: nothing of the list is kept then', async () => {
    await journal.links.see('acme', [seen('1', '#1')], at)
    const changes = [
      { returnId: '1', status: 'held' as const, reason: 'X' },
      { returnId: '2', status: 'held' as const, reason: 'X' },
    ]
    await assert.rejects(journal.links.setStatus('acme', changes, at), { code: 'JOURNAL_MISUSED', returnId: '2' })
    assert.equal((await journal.links.get('acme', '1'))?.status, 'open')
  })

  it('are found by return, standing and order, oldest first', async () => {
    await journal.links.see('acme', [seen('5', '#1')], minutes(1))
    await journal.links.see('acme', [seen('9', '#1'), seen('7', '#2')], at)
    await journal.links.setStatus('acme', [{ returnId: '9', status: 'held', reason: 'X' }], minutes(2))
    const ids = async (filter?: Parameters<Journal['links']['find']>[1]) =>
      (await journal.links.find('acme', filter)).map(({ returnId }) => returnId)
    assert.deepEqual(await ids(), ['7', '9', '5'])
    assert.deepEqual(await ids({ orderName: '#1' }), ['9', '5'])
    assert.deepEqual(await ids({ statuses: ['held', 'failed'] }), ['9'])
    assert.deepEqual(await ids({ returnIds: ['5', '7', '404'] }), ['7', '5'])
    assert.deepEqual(await journal.links.find('other'), [])
  })
})
