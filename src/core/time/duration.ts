const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds of `20s`, `5m`, `12h` or `7d`; null for anything else, and for nothing. */
export function milliseconds(text: string): number | null {
  const match = /^(\d{1,6})([smhd])$/.exec(text.trim())
  if (!match) return null
  const value = Number(match[1]) * units[match[2] as keyof typeof units]
  return value > 0 ? value : null
}
