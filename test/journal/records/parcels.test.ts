import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Journal, SeenParcel } from '../../../src/journal/journal.ts'
import { mergedParcel } from '../../../src/journal/records/parcel.ts'
import { at, minutes, onEachEngine, returnIds } from '../fresh.ts'

const label = (change: Partial<SeenParcel> = {}): SeenParcel => ({
  returnId: '1',
  parcelId: '1Z999AA10123456784',
  kind: 'label',
  lineItemIds: ['11', '12'],
  status: 'in_transit',
  changedAt: at,
  ...change,
})
const nothing = { lineItemIds: null, status: null, changedAt: null }

onEachEngine('parcels of returns in the journal', ({ freshJournal }) => {
  let journal: Journal
  let dispose: () => Promise<void>
  beforeEach(async () => {
    ;({ journal, dispose } = await freshJournal())
  })
  afterEach(() => dispose())

  it('are found by any of their numbers, per merchant', async () => {
    const bag = { returnId: '2', parcelId: 'HRABCDEF-1234-1', kind: 'bag', ...nothing } as const
    const sameBag = { ...bag, returnId: '3' }
    const rmaId = { returnId: '2', parcelId: 'HR-77', kind: 'rma id', ...nothing } as const
    await journal.parcels.see('acme', [label(), bag, rmaId, sameBag], at)
    assert.deepEqual(await journal.parcels.find('acme', label().parcelId), [{ ...label(), firstSeenAt: at }])
    const ids = async (parcelId: string, merchant = 'acme') =>
      (await journal.parcels.find(merchant, parcelId)).map(({ returnId }) => returnId)
    assert.deepEqual(await ids(bag.parcelId), ['2', '3'])
    assert.deepEqual([await ids('HR-77'), await ids('HR-78'), await ids('HR-77', 'other')], [['2'], [], []])
    const of = (await journal.parcels.of('acme', ['2', '1', '4'])).map(({ parcelId }) => parcelId)
    assert.deepEqual(of, [label().parcelId, 'HR-77', bag.parcelId])
    assert.deepEqual(await journal.parcels.of('acme', []), [])
  })

  it('keep what a poorer reading lacks, and the time at which they were first seen', async () => {
    await journal.parcels.see('acme', [label()], at)
    await journal.parcels.see('acme', [label({ ...nothing })], minutes(5))
    await journal.parcels.see('acme', [label({ lineItemIds: null, status: 'new', changedAt: null })], minutes(6))
    assert.deepEqual(await journal.parcels.of('acme', ['1']), [{ ...label(), firstSeenAt: at }])
    const delivered = { status: 'delivered', changedAt: minutes(30) }
    await journal.parcels.see('acme', [label({ lineItemIds: null, ...delivered })], minutes(31))
    assert.deepEqual(await journal.parcels.of('acme', ['1']), [{ ...label(delivered), firstSeenAt: at }])
  })

  it('take a time that can’t be read for none', async () => {
    await journal.parcels.see('acme', [label({ changedAt: 'N/A' })], at)
    await journal.parcels.see('acme', [label({ parcelId: 'x', changedAt: '2026-02-28T10:00:00+02:00' })], at)
    const times = (await journal.parcels.of('acme', ['1'])).map(({ changedAt }) => changedAt)
    assert.deepEqual(times.toSorted(), ['2026-02-28T08:00:00.000Z', null])
  })

  it('take many at once, also one twice', async () => {
    const many = returnIds(1_100).map((returnId) => label({ returnId }))
    await journal.parcels.see('acme', [...many, label({ status: 'delivered', changedAt: minutes(1) })], at)
    await journal.parcels.see('acme', many, at)
    const found = await journal.parcels.of('acme', returnIds(1_100))
    assert.deepEqual([found.length, found.filter(({ status }) => status === 'delivered').length], [1_100, 1])
  })

  it('of a box-free return are told by its record, and stay so when a reading does not say it', async () => {
    const seen = { returnId: '1', customerIdentifier: 'r1', orderName: null, returnUpdatedAt: at }
    const said = async (boxFree?: boolean | null) =>
      (await journal.links.see('acme', [boxFree === undefined ? seen : { ...seen, boxFree }], at))[0]?.boxFree
    assert.deepEqual(
      [await said(), await said(true), await said(), await said(null), await said(false), await said()],
      [null, true, true, true, false, false],
    )
    assert.equal((await journal.links.get('acme', '1'))?.boxFree, false)
  })
})

describe('what is remembered of a parcel', () => {
  const units = fc.constantFrom(null, ['11'], ['11', '12'])
  const reading = fc.oneof(
    fc.record({
      lineItemIds: units,
      status: fc.constantFrom('new', 'in_transit', 'delivered'),
      changedAt: fc.constantFrom(null, at, minutes(1), minutes(2), minutes(3)),
    }),
    units.map((lineItemIds) => ({ ...nothing, lineItemIds })),
  )
  const remembered = (readings: readonly Partial<SeenParcel>[]) =>
    readings.map((one) => label(one)).reduce((known, seen) => mergedParcel(known, seen))

  it('is the latest dated status, whatever came before or after it', () => {
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1, maxLength: 8 }), (readings) => {
        const { status, changedAt } = remembered(readings)
        const said = readings.filter((one) => one.status !== null)
        const latest =
          said
            .map((one) => one.changedAt ?? '')
            .toSorted()
            .at(-1) ?? ''
        assert.equal(changedAt ?? '', latest)
        const such = said.filter((one) => (one.changedAt ?? '') === latest)
        assert.equal(status, such.at(-1)?.status ?? null)
      }),
    )
  })

  it('never loses the units, and changes nothing when it is read again', () => {
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1, maxLength: 8 }), (readings) => {
        const known = remembered(readings)
        assert.deepEqual(known.lineItemIds, readings.map(({ lineItemIds }) => lineItemIds).findLast(Boolean) ?? null)
        assert.deepEqual(mergedParcel(known, known), known)
      }),
    )
  })
})
