import { exitCodes, Fault } from '../core/fault.ts'
import { parseReference } from '../core/identifiers.ts'
import type { LoopReturn } from '../core/return.ts'
import { shown } from '../core/text.ts'
import { day, nowOf, shifted, type Workplace } from './workplace.ts'

/** Loop has no search: older returns are only found by id (loop.md §4.2 allows 120 days in one question). */
const lookBack = 119 * day

/** How one match looks in a list of candidates. */
export type Candidate = { returnId: string; orderName: string | null; state: string; createdAt: string | null }

/**
 * The return id behind what a person typed: an id, a pasted admin URL, an order name or a tracking number.
 * Throws RETURN_NOT_FOUND or RETURN_AMBIGUOUS, which lists the candidates; it never picks one.
 */
export async function findReturn(workplace: Workplace, input: string): Promise<string> {
  const reference = parseReference(input)
  if (reference.kind === 'return-id') {
    if ((await workplace.loop.details(reference.returnId)) !== null) return reference.returnId
    // Digits may also be an order number or a tracking number.
    return only(input, await search(workplace, reference.returnId), workplace)
  }
  return only(
    input,
    await search(workplace, reference.kind === 'order-name' ? reference.orderName : reference.text),
    workplace,
  )
}

function only(input: string, candidates: readonly Candidate[], workplace: Workplace): string {
  const text = shown(input, 80)
  const merchant = workplace.merchant.name
  const [first, ...others] = candidates
  if (first === undefined) {
    throw new Fault(`Loop has no return “${text}” for merchant ${merchant}.`, {
      code: 'RETURN_NOT_FOUND',
      exit: exitCodes.notFound,
      blame: 'input',
      merchant,
      hint: 'Type the number from the Loop admin URL (admin.loopreturns.com/returns/NUMBER), or check --merchant. Order names and tracking numbers are found for 119 days.',
    })
  }
  if (others.length === 0) return first.returnId
  const list = candidates.map(
    ({ returnId, orderName, state, createdAt }) =>
      `${returnId} (${shown(orderName ?? 'no order', 40)}, ${state}, ${createdAt?.slice(0, 10) ?? 'no date'})`,
  )
  throw new Fault(`“${text}” matches ${candidates.length} returns: ${list.join('; ')}.`, {
    code: 'RETURN_AMBIGUOUS',
    exit: exitCodes.notFound,
    blame: 'input',
    merchant,
    hint: `Type one return id, e.g. mhloop rma show ${first.returnId}`,
  })
}

function bareName(orderName: string): string {
  return orderName.trim().replace(/^#/, '').toLowerCase()
}

async function search(workplace: Workplace, text: string): Promise<Candidate[]> {
  const found = new Map<string, Candidate>()
  const add = ({ returnId, orderName, state, createdAt }: LoopReturn) =>
    found.set(returnId, { returnId, orderName, state, createdAt })
  const now = nowOf(workplace)
  const name = bareName(text)
  const compact = text.replace(/\s+/g, '').toUpperCase()
  for await (const page of workplace.loop.list({
    from: shifted(now, -lookBack),
    to: now,
    filter: 'created_at',
    signal: workplace.signal,
  })) {
    for (const loopReturn of page) {
      const byName = loopReturn.orderName !== null && bareName(loopReturn.orderName) === name
      const byTracking = loopReturn.trackingNumbers.some((number) => number.toUpperCase() === compact)
      if (byName || byTracking) add(loopReturn)
    }
  }
  await addOlder(workplace, text, found, add)
  return [...found.values()].sort((a, b) => (a.returnId < b.returnId ? -1 : 1))
}

/** What the journal has seen of this order, and what Loop itself shows for the name: one return, even if there are more. */
async function addOlder(
  workplace: Workplace,
  text: string,
  found: Map<string, Candidate>,
  add: (loopReturn: LoopReturn) => void,
): Promise<void> {
  const bare = text.trim().replace(/^#/, '')
  for (const orderName of new Set([text.trim(), `#${bare}`, bare])) {
    for (const link of await workplace.journal.links.find(workplace.merchant.name, { orderName })) {
      if (!found.has(link.returnId))
        found.set(link.returnId, {
          returnId: link.returnId,
          orderName: link.orderName,
          state: link.standing,
          createdAt: null,
        })
    }
  }
  if (found.size > 0 || bare === '') return
  const shownByLoop = await workplace.loop.detailsByOrderName(bare)
  if (shownByLoop !== null && shownByLoop.orderName !== null && bareName(shownByLoop.orderName) === bareName(text))
    add(shownByLoop)
}
