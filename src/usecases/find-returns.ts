import { exitCodes, Fault } from '../core/fault.ts'
import { parseReference } from '../core/identifiers.ts'
import { findReturn, registerOf } from './find-return.ts'
import type { MerchantContext } from './merchant-context.ts'

export type FoundReturns = { returnIds: string[]; unknown: { typed: string; code: string; message: string }[] }

/**
 * The return ids behind what a person typed. One that is unknown or ambiguous fails the command when it was typed
 * alone; among several it is told, and the others go on. What the journal has seen needs no question to Loop.
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
