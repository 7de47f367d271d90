import { exitCodes, Fault } from '../../core/errors/fault.ts'
import { parseReference } from '../../core/rmas/identifiers.ts'
import type { MerchantContext } from '../merchant-context.ts'
import { findReturn, registerOf } from './find-return.ts'

export type FoundReturns = { returnIds: string[]; unknown: { typed: string; code: string; message: string }[] }

/**
 * Finds the return ids for what a person typed. An unknown or ambiguous one fails the command if it was typed alone;
 * among several it is reported, and the others go on. Ids that the journal knows need no request to Loop.
 */
export async function findReturns(context: MerchantContext, typed: readonly string[]): Promise<FoundReturns> {
  const returnIds = new Set<string>()
  const register = registerOf(context)
  const unknown: FoundReturns['unknown'] = []
  for (const input of typed) {
    context.signal.throwIfAborted()
    try {
      returnIds.add((await remembered(context, input)) ?? (await findReturn(context, input, register)))
    } catch (error) {
      if (typed.length === 1 || !(error instanceof Fault) || error.exit !== exitCodes.notFound) throw error
      unknown.push({ typed: input, code: error.code, message: error.message })
    }
  }
  return { returnIds: [...returnIds], unknown }
}

async function remembered({ journal, merchant }: MerchantContext, input: string): Promise<string | null> {
  const reference = parseReference(input)
  if (reference.kind !== 'return-id') return null
  return (await journal.links.get(merchant.name, reference.returnId))?.returnId ?? null
}
