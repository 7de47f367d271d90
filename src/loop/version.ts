/**
 * How a version of Loop's API takes the condition of a unit: `object` since 2026-10, `word` before (loop.md §14.1). The
 * version is the last part of the base URL; without one, Loop uses the oldest that it supports.
 */
export type ConditionForm = 'object' | 'word'

const firstWithObjects = '2026-10'

export function conditionFormOf(baseUrl: string): ConditionForm {
  const version = /\/api\/([^/]+)\/*$/.exec(baseUrl)?.[1] ?? ''
  if (version === 'latest' || version === 'unstable') return 'object'
  return /^\d{4}-\d{2}$/.test(version) && version >= firstWithObjects ? 'object' : 'word'
}
