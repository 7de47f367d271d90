/** A bearer token. It contains its secret phrase in plain text, so it is as secret as the phrase (masonhub.md §2.1). */
export function masonhubHeaders(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` }
}
