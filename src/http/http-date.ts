/**
 * Milliseconds since 1970 of an HTTP date; null for any other text. Accepts only the form that servers must send
 * (IMF-fixdate, RFC 9110 §5.6.7): `Date.parse` alone reads "1.5" as a day in 2001 (H21).
 */
export function readHttpDate(text: string | undefined): number | null {
  const at = Date.parse(text ?? '')
  return Number.isNaN(at) || new Date(at).toUTCString() !== text ? null : at
}
