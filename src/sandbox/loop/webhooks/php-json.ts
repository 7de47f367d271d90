/**
 * Serialises a value as PHP's json_encode does: slashes escaped, everything beyond ASCII as \uXXXX, no white space
 * (loop.md §7.3). A client that parses and serialises it again gets other bytes, and so another signature.
 */
export function phpJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
