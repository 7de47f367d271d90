/** Loop expects the bare key in its own header, not in `Authorization` (loop.md §2.1). */
export function loopHeaders(apiKey: string): Record<string, string> {
  return { 'X-Authorization': apiKey }
}
