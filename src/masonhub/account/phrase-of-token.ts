/**
 * The phrase from which a MasonHub token was made: its payload contains it in plain text (masonhub.md §2.1), and only
 * the phrase can revoke the token. Null when the text is not such a token. As secret as the token (F60).
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
