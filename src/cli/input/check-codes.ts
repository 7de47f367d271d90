import { type CheckCode, checkCodes, codesNamed } from '../../core/doctor/codes.ts'
import { didYouMean } from '../../core/text/closest.ts'
import { printable } from '../../core/text/printable.ts'
import { usageFault } from '../errors/command-faults.ts'

/**
 * Reads codes and groups of checks as typed (any case, repeated or with commas); throws one usage Fault that names
 * every unknown one.
 */
export function readCheckCodes(typed: readonly string[]): CheckCode[] {
  const words = typed.flatMap((text) => text.split(',')).map((word) => word.trim())
  const named = words.map((word) => ({ word, codes: codesNamed(word) }))
  const wrong = named.filter(({ codes }) => codes === null)
  if (wrong.length === 0) return [...new Set(named.flatMap(({ codes }) => codes ?? []))]
  const groups = [...new Set(checkCodes.map((code) => code.split('.')[0] ?? ''))]
  throw usageFault(
    wrong
      .map(({ word }) => `Unknown check "${printable(word, 60)}".${didYouMean(word, [...checkCodes, ...groups])}`)
      .join(' '),
    `The groups: ${groups.join(', ')}. The checks: ${checkCodes.join(', ')}.`,
    'CHECK_CODE_UNKNOWN',
  )
}
