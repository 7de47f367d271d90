import { isAboutOne } from '../../core/errors/about-one.ts'
import { type Kit, type Kits, noKits, perhapsKits } from '../../core/refunds/kits.ts'
import { receiptOf } from '../../core/refunds/receipt.ts'
import type { Rma } from '../../core/rmas/rma.ts'
import { liveRmas } from '../../core/rmas/rma-difference.ts'
import type { MerchantContext } from '../merchant-context.ts'

/**
 * The kits among what these receipts lack although something unannounced came; nothing is asked for any other receipt.
 * While MasonHub is down, nothing is decided without them. An answer that can't be read leaves the receipts as they are
 * booked, so that no kit's record keeps a return from being resolved.
 */
export async function kitsOfReceipts(
  { masonhub }: Pick<MerchantContext, 'masonhub'>,
  seen: readonly { rmas: readonly Rma[] }[],
): Promise<Kits> {
  const skus = new Set(seen.flatMap(({ rmas }) => liveRmas(rmas).flatMap(lackingOf)))
  return skus.size === 0 ? noKits : await readKits(masonhub, [...skus])
}

/** One by one after an answer that can't be used: the record of one SKU must not hide the kits of other returns. */
async function readKits(masonhub: MerchantContext['masonhub'], skus: readonly string[]): Promise<Kits> {
  try {
    const kits = await masonhub.kits(skus)
    return new Map([...kits].flatMap(([sku, kit]): [string, Kit][] => ('unreadable' in kit ? [] : [[sku, kit]])))
  } catch (error) {
    if (!isAboutOne(error) || error.code === 'MASONHUB_SERVER_ERROR') throw error
    if (skus.length === 1) return noKits
    const found: [string, Kit][] = []
    for (const sku of skus) found.push(...(await readKits(masonhub, [sku])))
    return new Map(found)
  }
}

function lackingOf(rma: Rma): string[] {
  const receipt = rma.status === 'received' ? receiptOf(rma) : null
  return receipt === null ? [] : perhapsKits(receipt)
}
