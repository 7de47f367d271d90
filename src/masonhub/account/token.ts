import * as v from 'valibot'

const claims = v.object({ exp: v.pipe(v.number(), v.minValue(0), v.maxValue(8.64e12)) })

/**
 * When a token expires (RFC 3339), from its JWT (masonhub.md §2.1); null for any other token, and for one that never
 * expires.
 */
export function tokenEnd(token: string): string | null {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    const read = v.safeParse(claims, payload)
    return read.success ? new Date(read.output.exp * 1000).toISOString() : null
  } catch {
    return null
  }
}
