import { Fault } from '../../core/errors/fault.ts'
import { parseReference } from '../../core/rmas/identifiers.ts'
import { printable } from '../../core/text/printable.ts'
import type { Effect, HistoryEntry, Journal, Link } from '../../journal/journal.ts'

/** Everything that was ever tried for one return, oldest first. */
export type ReturnHistory = { returnId: string; link: Link | null; entries: HistoryEntry[]; effects: Effect[] }

/** What the journal knows of a return. Reads nothing else. */
export async function historyOf(journal: Journal, merchant: string, returnId: string): Promise<ReturnHistory> {
  const [link, entries, effects] = await Promise.all([
    journal.links.get(merchant, returnId),
    journal.history.of(merchant, returnId),
    journal.effects.find({ merchant, returnIds: [returnId] }),
  ])
  const byTime = (a: { at: string }, b: { at: string }) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)
  return {
    returnId,
    link,
    entries: [...entries].sort(byTime),
    effects: [...effects].sort((a, b) => byTime({ at: a.plannedAt }, { at: b.plannedAt })),
  }
}

/**
 * The ids of known returns for what a person typed: none, one, or several of one order. The journal finds only an id,
 * an admin URL or an order name; only Loop knows tracking numbers.
 */
async function rememberedReturns(journal: Journal, merchant: string, input: string): Promise<string[]> {
  const reference = parseReference(input)
  if (reference.kind === 'return-id') {
    const { link, entries, effects } = await historyOf(journal, merchant, reference.returnId)
    if (link !== null || entries.length > 0 || effects.length > 0) return [reference.returnId]
  }
  const bare = input.trim().replace(/^#/, '')
  const found = new Set<string>()
  for (const orderName of [bare, `#${bare}`]) {
    for (const { returnId } of await journal.links.find(merchant, { orderName })) found.add(returnId)
  }
  return [...found].sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
}

/** The return that was meant; null when the journal knows none. Throws RETURN_AMBIGUOUS; never picks one. */
export async function rememberedReturn(journal: Journal, merchant: string, input: string): Promise<string | null> {
  const found = await rememberedReturns(journal, merchant, input)
  const [first, ...others] = found
  if (others.length === 0) return first ?? null
  throw new Fault(`“${printable(input, 80)}” matches ${found.length} returns: ${found.join(', ')}.`, {
    code: 'RETURN_AMBIGUOUS',
    merchant,
    hint: `Use one return id, e.g. mhloop rma history ${first} -m ${merchant}`,
  })
}
