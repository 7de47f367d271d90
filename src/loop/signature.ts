import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * Whether `X-Loop-Signature` is base64(HMAC-SHA256(raw body, secret)) for one of the secrets (loop.md §7.3, F49). It is
 * computed over the raw bytes: Loop escapes slashes as PHP does, so a body that was parsed and serialised again has
 * another hash. The time depends only on the number of secrets.
 */
export function verifyLoopSignature(rawBody: Buffer, header: string | undefined, secrets: readonly string[]): boolean {
  const actual = Buffer.from(header ?? '', 'utf8')
  let matches = false
  for (const secret of secrets) {
    // Anyone can sign with an empty secret.
    if (secret === '') continue
    const expected = Buffer.from(createHmac('sha256', secret).update(rawBody).digest('base64'), 'utf8')
    if (actual.length === expected.length && timingSafeEqual(actual, expected)) matches = true
  }
  return matches
}
