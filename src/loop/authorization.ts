/** Loop wants the bare key in a header of its own, not `Authorization` (loop.md §2.1). */
export function loopHeaders(apiKey: string): Record<string, string> {
  return { 'X-Authorization': apiKey }
}
