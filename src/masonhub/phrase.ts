/**
 * The phrase that a MasonHub token was made of: its payload holds it in clear (masonhub.md §2.1), and only the phrase takes
 * the token out of use. Null when the text is no such token. As secret as the token (F60).
 */
export function phraseOfToken(token: string): string | null {
  const [, payload = '', signature] = token.split('.')
  if (signature === undefined) return null
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    const phrase = typeof claims === 'object' && claims !== null ? Reflect.get(claims, 'secret_phrase') : undefined
    return typeof phrase === 'string' && phrase !== '' ? phrase : null
  } catch {
    return null
  }
}
