import assert from 'node:assert/strict'
import { Fault } from '../../../src/core/errors/fault.ts'
import { kitsOfReceipts } from '../../../src/usecases/returns/kits-of-receipts.ts'
import { aLine, anRma, received } from '../../core/build.ts'

type Read = Parameters<typeof kitsOfReceipts>[0]['masonhub']['kits']

/** A receipt that lacks this SKU, while something unannounced came. */
const lacking = (sku: string) => ({
  rmas: [
    anRma({
      lines: [aLine({ sku }, received('short', 1)), aLine({ sku: 'PART', quantity: 0 }, received('available', 1))],
    }),
  ],
})

const kitsBy = (kits: Read) => kitsOfReceipts({ masonhub: { kits } as never }, [lacking('SET-A'), lacking('SET-B')])

describe('kits of receipts that are observed together (masonhub.md §7.1)', () => {
  it('the record of one SKU that can’t be read hides no other kit', async () => {
    const requests: string[][] = []
    const found = await kitsBy(async (skus) => {
      requests.push([...skus])
      if (skus.includes('SET-B')) throw new Fault('An answer that can’t be read.', { code: 'MASONHUB_UNREADABLE' })
      return new Map(skus.map((sku) => [sku, new Map([['PART', 1]])]))
    })
    assert.deepEqual(requests, [['SET-A', 'SET-B'], ['SET-A'], ['SET-B']])
    assert.deepEqual([...found.keys()], ['SET-A'])
  })

  it('nothing is decided while MasonHub is down', async () => {
    const down = new Fault('Down.', { code: 'MASONHUB_SERVER_ERROR' })
    await assert.rejects(
      kitsBy(() => Promise.reject(down)),
      down,
    )
  })
})
