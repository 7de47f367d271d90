import type { RuleChange } from '../../core/reasons/reason-table.ts'
import type { Journal } from '../../journal/journal.ts'
import { reasonDifference } from '../../merchants/apply/plan-merchants.ts'
import type { FoundMerchant } from '../../merchants/profiles/resolve-merchant.ts'
import type { Io } from '../io/io.ts'
import { openRecord } from './change-record.ts'

type Desired = {
  io: Io
  open: () => Promise<Journal>
  found: Pick<FoundMerchant, 'merchant' | 'journal'>
  changes: readonly RuleChange[]
}

/** Stores a change of the reason mapping between its two records; returns warnings (G11). */
export async function storeReasons(
  { io, open, found: { merchant, journal }, changes }: Desired,
  store: () => Promise<readonly RuleChange[]>,
): Promise<string[]> {
  if (changes.length === 0) return []
  const record = await openRecord({ io, open, merchants: [{ name: merchant.name, journal }], loosens: false })
  const doneBy = (made: readonly RuleChange[]) =>
    made.length === 0 ? [] : [{ merchant: merchant.name, what: 'set', differences: made.map(reasonDifference) }]
  await record.begin(doneBy(changes))
  return await record.end(doneBy(await store()))
}
