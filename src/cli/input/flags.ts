import * as Flags from '@oclif/core/flags'
import { requestSeconds } from '../../core/time/time-limits.ts'
import { usageFault } from '../errors/command-faults.ts'

const { least, usual, most } = requestSeconds

/** Seconds. A request that takes longer than `most` would outlast the lease under which a refund is sent (H20). */
const timeout = Flags.custom<number>({
  async parse(text) {
    const seconds = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN
    if (seconds >= least && seconds <= most) return seconds
    throw usageFault(
      'Invalid time limit of a request (--timeout, or MHLOOP_TIMEOUT).',
      `give whole seconds from ${least} to ${most}, like --timeout 20`,
      'TIMEOUT_UNUSABLE',
    )
  },
})

/** Flags of every command. */
export const sharedFlags = {
  json: Flags.boolean({ description: 'Print one JSON document on stdout, on failure too', helpGroup: 'GLOBAL' }),
  'no-input': Flags.boolean({
    description: 'Never ask; exit with code 2 or 9 instead',
    env: 'MHLOOP_NO_INPUT',
    helpGroup: 'GLOBAL',
  }),
  'no-color': Flags.boolean({ description: 'No colours (NO_COLOR does the same)', helpGroup: 'GLOBAL' }),
  verbose: Flags.boolean({
    description: 'Print more on stderr, and a stack trace for internal errors',
    helpGroup: 'GLOBAL',
  }),
  timeout: timeout({
    description: `Time limit for one request to a vendor, ${least} to ${most} (default ${usual})`,
    env: 'MHLOOP_TIMEOUT',
    helpGroup: 'GLOBAL',
    helpValue: 'SECONDS',
  }),
}

/** For commands that open the journal; read by `this.journal()`. */
export const journalFlag = {
  journal: Flags.string({
    description: 'Journal to use: sqlite:PATH or postgres://USER@HOST/DATABASE (also MHLOOP_JOURNAL)',
    helpGroup: 'GLOBAL',
    helpValue: 'PLACE',
  }),
}

/** For commands about one merchant; read by `this.merchant()`. */
export const merchantFlag = {
  merchant: Flags.string({
    char: 'm',
    description: 'Merchant to use; default: the one selected with `mhloop merchant use`',
    env: 'MHLOOP_MERCHANT',
    helpValue: 'NAME',
  }),
}

/** For list commands; the base command applies it. */
export const formatFlag = {
  format: Flags.string({
    description: 'Output format; in a pipe, `table` is tab-separated with a header row',
    options: ['table', 'csv', 'ndjson', 'json'],
    default: 'table',
  }),
}

/** For commands that stop before apply and print the plan. */
export const dryRunFlag = {
  'dry-run': Flags.boolean({ char: 'n', description: 'Print the plan and stop; nothing is written anywhere' }),
}

/** For commands that ask for confirmation. */
export const yesFlag = {
  yes: Flags.boolean({ char: 'y', description: 'Answer yes to the confirmation' }),
}

/** For commands whose result is checks; written by `junitWriter` (output/junit.ts). */
export const junitFlag = {
  junit: Flags.string({ description: 'Also write the checks to FILE as JUnit XML, for CI', helpValue: 'FILE' }),
}

/** Most rows that --limit takes. */
const mostRows = 100_000

/** For lists that only grow. */
export function limitFlag(what: string) {
  const description = `Maximum number of ${what}`
  return { limit: Flags.integer({ description, default: 100, min: 1, max: mostRows, helpValue: 'N' }) }
}

/** The warning of a list that --limit has cut, with what shows the rest. */
export function newestOnly(limit: number, most = mostRows): string {
  const more = limit < most ? `--limit ${Math.min(limit * 10, most)}` : 'give --since and --until'
  return `These are the newest ${limit}. To see more: ${more}`
}
