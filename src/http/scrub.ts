/** Headers that carry no credential. Every other header's value is treated as a secret. */
const harmless = new Set(['accept', 'content-type', 'user-agent', 'x-request-id'])

/**
 * Returns a function that removes our own secrets from an answer (F58): a vendor that echoes the key in an error
 * message must not bring it into our messages, the journal or a terminal.
 */
export function scrubberFor(headers: Record<string, string>): (text: string) => string {
  const secrets: string[] = []
  for (const [name, value] of Object.entries(headers)) {
    if (harmless.has(name.toLowerCase())) continue
    const secret = value.replace(/^\w+\s+/, '')
    // Shorter values would also match inside ordinary words.
    if (secret.length >= 8) secrets.push(secret, JSON.stringify(secret).slice(1, -1), secret.replaceAll('/', '\\/'))
  }
  return (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), text)
}
