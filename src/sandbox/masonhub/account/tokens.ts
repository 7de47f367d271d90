import { createHmac, timingSafeEqual } from 'node:crypto'

/** Not a secret: the stand-in protects nothing, and a fixed key makes tokens the same in every run. */
const signingKey = 'mhloop sandbox'
const longLifeSeconds = 100 * 365 * 24 * 60 * 60

export type Tokens = {
  mint(phrase: string): string
  revoke(phrase: string): boolean
  isValid(token: string): boolean
}

/**
 * A JWT in MasonHub's form (masonhub.md §2.1): HS256, with the phrase in plain text, valid for a hundred years. The
 * server uses it for the installed token.
 */
export function signToken(phrase: string, issuedAt: Date): string {
  const issued = Math.floor(issuedAt.getTime() / 1000)
  const claims = { secret_phrase: phrase, system_id: null, exp: issued + longLifeSeconds, iat: issued, iss: 'MasonHub' }
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${signed}.${signature(signed)}`
}

/**
 * The valid tokens of the account. MasonHub stores phrases, not tokens: any signed token with a known phrase is valid.
 * The installed token is valid from the start, even if it is not a JWT.
 */
export function createTokens(installed: () => string, now: () => Date): Tokens {
  const phrases = new Set<string>()
  const revoked = new Set<string>()
  return {
    mint(phrase) {
      phrases.add(phrase)
      revoked.delete(phrase)
      return signToken(phrase, now())
    },
    revoke(phrase) {
      const known = phrases.delete(phrase) || phraseOf(installed()) === phrase
      if (!known || revoked.has(phrase)) return false
      revoked.add(phrase)
      return true
    },
    isValid(token) {
      const claims = claimsOf(token)
      if (token === installed()) return claims === null || !revoked.has(claims.phrase)
      if (!claims || !isSigned(token) || claims.expires * 1000 <= now().getTime()) return false
      return phrases.has(claims.phrase)
    },
  }
}

function phraseOf(token: string): string | null {
  return claimsOf(token)?.phrase ?? null
}

function claimsOf(token: string): { phrase: string; expires: number } | null {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    if (typeof claims !== 'object' || claims === null) return null
    const { secret_phrase: phrase, exp: expires } = claims as { secret_phrase?: unknown; exp?: unknown }
    return typeof phrase === 'string' ? { phrase, expires: Number(expires) } : null
  } catch {
    return null
  }
}

function isSigned(token: string): boolean {
  const [header = '', payload = '', provided = ''] = token.split('.')
  const expected = Buffer.from(signature(`${header}.${payload}`))
  const actual = Buffer.from(provided)
  return actual.length === expected.length && timingSafeEqual(actual, expected)
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const signature = (signed: string) => createHmac('sha256', signingKey).update(signed).digest('base64url')
