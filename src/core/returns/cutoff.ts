import type { LoopReturn } from './return.ts'

/**
 * Whether a return is older than the merchant's cutoff, and so left alone: the previous system may still work on
 * it. null when a date can't be read: then the caller may neither process the return nor drop it.
 */
export function beforeCutoff({ createdAt }: Pick<LoopReturn, 'createdAt'>, cutoff: string | null): boolean | null {
  if (cutoff === null) return false
  const created = Date.parse(createdAt ?? '')
  const limit = Date.parse(cutoff)
  return Number.isNaN(created) || Number.isNaN(limit) ? null : created < limit
}
