/** A bearer token; it holds its secret phrase in clear, so it is as secret as the phrase (masonhub.md §2.1). */
export function masonhubHeaders(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` }
}
