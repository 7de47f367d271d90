import { type FindingCode, findingCodes } from '../../../core/audit/finding-codes.ts'
import type { Finding } from '../../../core/explain/reason.ts'
import { didYouMean } from '../../../core/text/closest.ts'
import { printable } from '../../../core/text/printable.ts'
import { usageFault } from '../../errors/command-faults.ts'
import { type Column, type Listing, listing } from '../../output/listing.ts'
import { bad, dim, good, warn } from '../../output/styled.ts'

export type FindingRow = Finding & { fixed: boolean }

const tones = { error: bad, warning: warn, info: dim } as const

/** A finding, and how many other returns have the same one. */
type Row = FindingRow & { others: number }

/**
 * The findings of `mapping audit`, worst first. A narrow terminal shows only what a person needs to act. On a terminal,
 * findings that one command fixes for many returns are shown once; files and pipes get every finding.
 */
export function findingListing(
  findings: readonly FindingRow[],
  { empty, narrow, terminal }: { empty: string; narrow: boolean; terminal: boolean },
): Listing {
  const rows = terminal ? withoutRepeats(findings) : findings.map((finding) => ({ ...finding, others: 0 }))
  return listing({ columns: narrow ? narrowColumns : columns, rows, empty })
}

function withoutRepeats(findings: readonly FindingRow[]): Row[] {
  const groups = Map.groupBy(findings, ({ code, message, fix, fixed }, index) =>
    fix === null ? index : JSON.stringify([code, message, fix, fixed]),
  )
  return [...groups.values()].flatMap(([first, ...others]) => (first ? [{ ...first, others: others.length }] : []))
}

function returns({ returnId, customerIdentifier, others }: Row): string {
  const first = returnId ?? customerIdentifier ?? ''
  return others === 0 ? first : `${first} and ${others} more`
}

const columns: Column<Row>[] = [
  { key: 'severity', title: 'Severity', value: ({ severity }) => tones[severity](severity) },
  { key: 'code', title: 'Finding', value: ({ code }) => code },
  { key: 'returnId', title: 'Return', value: (row) => (row.returnId === null ? '' : returns(row)) },
  { key: 'customerIdentifier', title: 'RMA', value: ({ customerIdentifier }) => customerIdentifier ?? '' },
  { key: 'message', title: 'What', value: ({ message }) => message },
  { key: 'fix', title: 'Fix', value: ({ fix, fixed }) => (fixed ? good('fixed') : (fix ?? '')) },
]

const narrowColumns: Column<Row>[] = [
  { key: 'code', title: 'Finding', value: ({ code, severity }) => tones[severity](code) },
  { key: 'returnId', title: 'Return', value: returns },
  {
    key: 'message',
    title: 'What',
    value: ({ message, fix, fixed }) => [
      message,
      fixed ? good(' (fixed)') : '',
      fix === null || fixed ? '' : dim(` ${fix}`),
    ],
  },
]

/**
 * Reads codes as typed (any case, repeated or separated by commas); throws one usage Fault that names every unknown
 * one.
 */
export function readFindingCodes(typed: readonly string[]): FindingCode[] {
  const words = typed.flatMap((text) => text.split(',')).map((word) => word.trim())
  const known = new Map<string, FindingCode>(findingCodes.map((code) => [code, code]))
  const codes = words.map((word) => known.get(word.toUpperCase()))
  const wrong = words.filter((_, index) => codes[index] === undefined)
  if (wrong.length === 0) return [...new Set(codes.filter((code) => code !== undefined))]
  throw usageFault(
    wrong.map((word) => `Unknown finding code "${printable(word, 60)}".${didYouMean(word, findingCodes)}`).join(' '),
    `The codes: ${findingCodes.join(', ')}.`,
    'FINDING_CODE_UNKNOWN',
  )
}
