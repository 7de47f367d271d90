import { Fault } from '../../core/errors/fault.ts'
import { findableIds } from '../../core/returns/parcels.ts'
import type { LoopReturn } from '../../core/returns/return.ts'
import { parseReference, type Reference } from '../../core/rmas/identifiers.ts'
import { printable } from '../../core/text/printable.ts'
import type { UnreadableRow } from '../../loop/client.ts'
import { day, type MerchantContext, nowOf, shifted } from '../merchant-context.ts'

/** Loop has no search: older returns are found only by id (loop.md §4.2 allows 120 days in one request). */
const lookBack = 119 * day

/** Candidates that an error names: a number that many returns share is no parcel's own. */
const mostNamed = 10

/** One match in a list of candidates. */
export type Candidate = { returnId: string; orderName: string | null; state: string; createdAt: string | null }

/** The returns that Loop lists, by order name and by what is on their parcels; read when first needed, and only once. */
export type Register = () => Promise<{ byOrderName: Map<string, Candidate[]>; byParcel: Map<string, Candidate[]> }>

export function registerOf(context: MerchantContext): Register {
  let reading: ReturnType<Register> | null = null
  return () => {
    reading ??= readRegister(context)
    return reading
  }
}

/**
 * Finds the return id for what a person typed: an id, a pasted admin URL, an order name, a tracking number, or the bag
 * barcode, RMA id or scan code of a drop-off. Throws RETURN_NOT_FOUND, or RETURN_AMBIGUOUS with the candidates; it never
 * picks one. Several calls can share a register.
 */
export async function findReturn(
  context: MerchantContext,
  input: string,
  register: Register = registerOf(context),
): Promise<string> {
  const reference = parseReference(input)
  const known = await rememberedAs(context, reference)
  if (known.length > 0) return only(input, known, context)
  if (reference.kind === 'return-id') {
    if ((await context.loop.details(reference.returnId)) !== null) return reference.returnId
    // Digits may also be an order number or a tracking number.
    return only(input, await search(context, reference.returnId, register), context)
  }
  const text = reference.kind === 'order-name' ? reference.orderName : reference.text
  return only(input, await search(context, text, register), context)
}

/**
 * What the journal remembers under this number, which costs no request: a dock scans many bags. Digits that are a
 * return's own id are that return.
 */
async function rememberedAs({ journal, merchant }: MerchantContext, reference: Reference): Promise<Candidate[]> {
  if (reference.kind === 'order-name') return []
  const isId = reference.kind === 'return-id'
  if (isId && (await journal.links.get(merchant.name, reference.returnId)) !== null) return []
  const text = isId ? reference.returnId : reference.text
  const found = new Set<string>()
  for (const spelling of new Set([text, compact(text)])) {
    for (const { returnId } of await journal.parcels.find(merchant.name, spelling)) found.add(returnId)
  }
  const links = await journal.links.find(merchant.name, { returnIds: [...found] })
  return links.map(({ returnId, orderName, status }) => ({ returnId, orderName, state: status, createdAt: null }))
}

function only(input: string, candidates: readonly Candidate[], context: MerchantContext): string {
  const text = printable(input, 80)
  const merchant = context.merchant.name
  const [first, ...others] = candidates
  if (first === undefined) {
    throw new Fault(`Loop has no return “${text}” for merchant ${merchant}.`, {
      code: 'RETURN_NOT_FOUND',
      merchant,
      hint: 'Use the number from the Loop admin URL (admin.loopreturns.com/returns/NUMBER), or check --merchant. Order names, tracking numbers and bag barcodes can be found for 119 days.',
    })
  }
  if (others.length === 0) return first.returnId
  const list = candidates
    .slice(0, mostNamed)
    .map(
      ({ returnId, orderName, state, createdAt }) =>
        `${returnId} (${printable(orderName ?? 'no order', 40)}, ${state}, ${createdAt?.slice(0, 10) ?? 'no date'})`,
    )
  throw new Fault(
    `“${text}” matches ${candidates.length} returns: ${list.join('; ')}${candidates.length > mostNamed ? ' …' : ''}.`,
    {
      code: 'RETURN_AMBIGUOUS',
      merchant,
      hint: `Use one return id, e.g. mhloop rma show ${first.returnId} -m ${merchant}`,
    },
  )
}

function bareName(orderName: string): string {
  return orderName.trim().replace(/^#/, '').toLowerCase()
}

function compact(parcelId: string): string {
  return parcelId.replace(/\s+/g, '').toUpperCase()
}

function candidateOf({ returnId, orderName, state, createdAt }: LoopReturn): Candidate {
  return { returnId, orderName, state, createdAt }
}

async function readRegister(context: MerchantContext): ReturnType<Register> {
  const byOrderName = new Map<string, Candidate[]>()
  const byParcel = new Map<string, Candidate[]>()
  const put = (map: Map<string, Candidate[]>, key: string, candidate: Candidate) => {
    const known = map.get(key)
    if (known) known.push(candidate)
    else map.set(key, [candidate])
  }
  const now = nowOf(context)
  const onUnreadable = ({ returnId }: UnreadableRow) => {
    throw unsearchable(returnId)
  }
  const window = { from: shifted(now, -lookBack), to: now, filter: 'created_at' } as const
  for await (const page of context.loop.list({ ...window, signal: context.signal, onUnreadable })) {
    for (const loopReturn of page) {
      const candidate = candidateOf(loopReturn)
      if (loopReturn.orderName !== null) put(byOrderName, bareName(loopReturn.orderName), candidate)
      for (const id of new Set(findableIds(loopReturn).map(compact))) put(byParcel, id, candidate)
    }
  }
  return { byOrderName, byParcel }
}

/** It may be the return that was meant, or a second one of the same order, so no other may be picked. */
function unsearchable(returnId: string): Fault {
  return new Fault(`Loop's record of return ${returnId} can't be read, so its order name is unknown.`, {
    code: 'LOOP_UNREADABLE',
    hint: 'Use return ids (the number in the Loop admin URL) instead of order names or tracking numbers.',
    returnId,
  })
}

async function search(context: MerchantContext, text: string, register: Register): Promise<Candidate[]> {
  const found = new Map<string, Candidate>()
  const { byOrderName, byParcel } = await register()
  const matches = [...(byOrderName.get(bareName(text)) ?? []), ...(byParcel.get(compact(text)) ?? [])]
  for (const candidate of matches) found.set(candidate.returnId, candidate)
  await addOlder(context, text, found)
  return [...found.values()].sort((a, b) => (a.returnId < b.returnId ? -1 : 1))
}

/** Adds what the journal knows of this order, and the one return that Loop shows for it, even if there are more. */
async function addOlder(context: MerchantContext, text: string, found: Map<string, Candidate>): Promise<void> {
  const bare = text.trim().replace(/^#/, '')
  for (const orderName of new Set([text.trim(), `#${bare}`, bare])) {
    for (const link of await context.journal.links.find(context.merchant.name, { orderName })) {
      if (!found.has(link.returnId))
        found.set(link.returnId, {
          returnId: link.returnId,
          orderName: link.orderName,
          state: link.status,
          createdAt: null,
        })
    }
  }
  if (found.size > 0 || bare === '') return
  const fromLoop = await context.loop.detailsByOrderName(bare)
  if (fromLoop !== null && fromLoop.orderName !== null && bareName(fromLoop.orderName) === bareName(text))
    found.set(fromLoop.returnId, candidateOf(fromLoop))
}
