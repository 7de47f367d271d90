import assert from 'node:assert/strict'
import { createMasonHubClient } from '../../../src/masonhub/create-masonhub-client.ts'
import { fakeTransport, type Reply, type SeenRequest } from '../fake-transport.ts'

type Row = Record<string, unknown>
const id = (number: number) => `0b6bb516-ce52-4950-8a8b-9008f0091d${String(number).padStart(2, '0')}`

/** MasonHub with these SKUs, each as its record has it. */
function masonhub(rows: readonly Row[]) {
  const transport = fakeTransport(({ query }: SeenRequest): Reply => {
    const ids = query.id?.split(',') ?? []
    const names = query.cid?.split(',') ?? []
    const data = rows.filter((row) => ids.includes(String(row.id)) || names.includes(String(row.customer_identifier)))
    return { json: { include_counts: false, limit: 100, list_type: 'detail', offset: 0, data } }
  })
  return { transport, client: createMasonHubClient(transport) }
}

const mug = { id: id(1), customer_identifier: 'MUG' }
const cap = { id: id(2), customer_identifier: 'CAP', is_kit: false, kit_skus: [] }
const set = (parts: unknown, more: Row = {}): Row => ({
  id: id(9),
  customer_identifier: 'SET',
  is_kit: true,
  kit_skus: parts,
  ...more,
})
const partsOfSet = async (...rows: Row[]) => {
  const kit = (await masonhub([mug, cap, ...rows]).client.kits(['SET'])).get('SET')
  return kit === undefined ? null : 'unreadable' in kit ? kit.unreadable : Object.fromEntries(kit)
}

describe('kits (masonhub.md §7.1)', () => {
  it('are the SKUs with parts, by SKU or by MasonHub’s id; others are none', async () => {
    const { client, transport } = masonhub([
      mug,
      cap,
      set(
        [
          { customer_identifier: 'MUG', quantity: 1 },
          { sku_id: id(2), quantity: '2' },
        ],
        { is_kit: undefined },
      ),
    ])
    const kits = await client.kits(['SET', 'CAP', 'NONE', 'A,B'])
    assert.deepEqual(
      [...kits],
      [
        [
          'SET',
          new Map([
            ['MUG', 1],
            ['CAP', 2],
          ]),
        ],
      ],
    )
    assert.ok(transport.seen.every(({ query }) => query.include_counts === 'false' && query.list_type === 'detail'))
    assert.ok(transport.seen.every(({ query }) => !query.cid?.includes('A,B')))
    assert.equal(transport.count, 3)
  })

  it('cost one request where there is none', async () => {
    const { client, transport } = masonhub([mug, cap])
    assert.deepEqual([[...(await client.kits(['MUG', 'CAP']))], transport.count], [[], 1])
  })

  it('a part that is listed twice is counted twice; with both names, the SKU counts', async () => {
    const parts = [
      { customer_identifier: 'MUG', quantity: 1 },
      { id: id(2), customer_identifier: 'MUG', quantity: 1 },
    ]
    assert.deepEqual(await partsOfSet(set(parts)), { MUG: 2 })
  })

  it('G23 say why they can’t be counted', async () => {
    const one = (part: Row) => partsOfSet(set([{ customer_identifier: 'MUG', quantity: 1 }, part]))
    assert.match(String(await partsOfSet(set([]))), /names none of its parts/)
    assert.match(String(await partsOfSet(set(null))), /names none of its parts/)
    assert.match(String(await partsOfSet(set('MUG'))), /can’t be read/)
    for (const quantity of [0, -1, 1.5, 'two', null, undefined, 1e300])
      assert.match(
        String(await one({ customer_identifier: 'CAP', quantity })),
        /not a number of units/,
        String(quantity),
      )
    assert.match(String(await one({ quantity: 1 })), /no longer has one/)
    assert.match(String(await one({ customer_identifier: 'GONE', quantity: 1 })), /no longer has one/)
    assert.match(String(await one({ sku_id: id(7), quantity: 1 })), /no longer has one/)
    assert.match(String(await one({ customer_identifier: 'A,B', quantity: 1 })), /no longer has one/)
    const many = Array.from({ length: 51 }, () => ({ customer_identifier: 'MUG', quantity: 1 }))
    assert.match(String(await partsOfSet(set(many))), /more than 50/)
    const deleted = { id: id(3), customer_identifier: 'OLD', deleted_at: '2026-01-01T00:00:00Z' }
    assert.match(String(await partsOfSet(deleted, set([{ customer_identifier: 'OLD', quantity: 1 }]))), /no longer has/)
    const inner = { id: id(4), customer_identifier: 'DUO', is_kit: true, kit_skus: [{ sku_id: id(1), quantity: 2 }] }
    assert.match(String(await partsOfSet(inner, set([{ customer_identifier: 'DUO', quantity: 1 }]))), /a kit as well/)
    assert.match(String(await partsOfSet(set([{ customer_identifier: 'SET', quantity: 1 }]))), /a kit as well/)
  })

  it('a deleted kit is none', async () => {
    const parts = [{ customer_identifier: 'MUG', quantity: 1 }]
    assert.equal(await partsOfSet(set(parts, { deleted_at: '2026-01-01T00:00:00Z' })), null)
  })
})
