import * as v from 'valibot'

const claims = v.object({ exp: v.pipe(v.number(), v.minValue(0), v.maxValue(8.64e12)) })

/** When a token ends (RFC 3339), as its JWT says (masonhub.md §2.1); null for any other token, and for one without an end. */
export function tokenEnd(token: string): string | null {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    const read = v.safeParse(claims, payload)
    return read.success ? new Date(read.output.exp * 1000).toISOString() : null
  } catch {
    return null
  }
}
