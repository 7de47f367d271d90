import type { LoopReturn } from './return.ts'

/**
 * Whether a return is older than the merchant's cut-off, and so left alone: whatever ran before us may still be working
 * on it. null when a date can't be read: then nobody may guess, neither "let it through" nor "drop it".
 */
export function beforeCutoff({ createdAt }: Pick<LoopReturn, 'createdAt'>, cutoff: string | null): boolean | null {
  if (cutoff === null) return false
  const created = Date.parse(createdAt ?? '')
  const limit = Date.parse(cutoff)
  return Number.isNaN(created) || Number.isNaN(limit) ? null : created < limit
}
