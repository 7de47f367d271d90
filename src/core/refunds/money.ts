/**
 * Amounts are compared and added; Loop does all other arithmetic (F24). Decimal strings become whole ten-thousandths,
 * so that no binary fraction is ever involved.
 */
const decimal = /^(\d{1,15})(?:\.(\d{1,4}))?$/

/** Ten-thousandths of the currency's unit; null when the text is not a plain amount of 0 or more. */
export function tenThousandths(amount: string): bigint | null {
  const match = decimal.exec(amount.trim())
  if (!match) return null
  return BigInt(match[1] ?? '0') * 10_000n + BigInt((match[2] ?? '').padEnd(4, '0'))
}

/** The sum of two amounts, as a decimal string; null when either can't be read. */
export function sumOf(one: string, other: string): string | null {
  const [first, second] = [tenThousandths(one), tenThousandths(other)]
  if (first === null || second === null) return null
  const digits = String(first + second).padStart(5, '0')
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`
}

/** The sum of all amounts, with as many decimals as the longest has; null when one can't be read. */
export function totalOf(amounts: readonly string[]): string | null {
  const parts = amounts.map(tenThousandths)
  const decimals = Math.max(0, ...amounts.map((amount) => amount.trim().split('.')[1]?.length ?? 0))
  let total = 0n
  for (const part of parts) {
    if (part === null) return null
    total += part
  }
  const digits = String(total).padStart(5, '0')
  return decimals === 0
    ? digits.slice(0, -4)
    : `${digits.slice(0, -4)}.${digits.slice(-4, digits.length - 4 + decimals)}`
}

/** Whether the amount is at most the limit; null when either can't be read. */
export function atMost(amount: string | null, limit: string): boolean | null {
  const value = amount === null ? null : tenThousandths(amount)
  const most = tenThousandths(limit)
  return value === null || most === null ? null : value <= most
}
