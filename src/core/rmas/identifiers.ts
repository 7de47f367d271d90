/**
 * The RMA number at MasonHub is the Loop return id (masonhub.md §12.1). MasonHub asks for at least 5 characters (§4.1),
 * and old Loop ids are shorter: those get a fixed prefix, so that the same return always has the same identifier (F35).
 */
const shortest = 5
const prefix = 'loop-'

export function customerIdentifierOf(returnId: string): string {
  return returnId.length < shortest ? `${prefix}${returnId}` : returnId
}

/** Text with leading zeros is something else, such as a tracking number: Loop would read it as another return's id. */
function isReturnId(text: string): boolean {
  return /^[1-9]\d{0,18}$/.test(text)
}

/** The return id that an RMA's identifier stands for, or null when it can't be one of ours. */
export function returnIdOf(customerIdentifier: string): string | null {
  const id = customerIdentifier.startsWith(prefix) ? customerIdentifier.slice(prefix.length) : customerIdentifier
  return isReturnId(id) && customerIdentifierOf(id) === customerIdentifier ? id : null
}

/** What a person may type where an ID is asked for. */
export type Reference =
  | { kind: 'return-id'; returnId: string }
  /** Any other text, such as a tracking number. Digits alone are first read as a return id, whatever they may be. */
  | { kind: 'text'; text: string }
  | { kind: 'order-name'; orderName: string }

const adminUrl = /^(?:https?:\/\/)?admin\.loopreturns\.com\/returns\/(\d{1,19})(?:[/?#].*)?$/i

/** Reads a return id, a pasted admin URL (`admin.loopreturns.com/returns/99904598`), order name (`#1001`) or text. */
export function parseReference(input: string): Reference {
  // Text that was copied from a chat or a sheet may contain invisible characters (H25).
  const text = input.replace(/[\p{Cf}\p{Cc}]/gu, '').trim()
  const url = adminUrl.exec(text)
  if (url?.[1]) return { kind: 'return-id', returnId: url[1] }
  if (isReturnId(text)) return { kind: 'return-id', returnId: text }
  if (text.startsWith(prefix) && returnIdOf(text) !== null)
    return { kind: 'return-id', returnId: text.slice(prefix.length) }
  if (text.startsWith('#') && text.length > 1) return { kind: 'order-name', orderName: text }
  return { kind: 'text', text }
}
