import { Flags } from '@oclif/core'

/** Flags of every command. */
export const sharedFlags = {
  json: Flags.boolean({ description: 'Print one JSON document on stdout, on failure too', helpGroup: 'GLOBAL' }),
  'no-input': Flags.boolean({
    description: 'Never ask; end with code 2 or 9 instead',
    env: 'MHLOOP_NO_INPUT',
    helpGroup: 'GLOBAL',
  }),
  'no-color': Flags.boolean({ description: 'No colours (also by NO_COLOR)', helpGroup: 'GLOBAL' }),
  verbose: Flags.boolean({
    description: 'Say more on stderr, and show where a fault of ours arose',
    helpGroup: 'GLOBAL',
  }),
}

/** For commands that open the journal; read by `this.journal()`. */
export const journalFlag = {
  journal: Flags.string({
    description: 'Where the journal is: sqlite:PATH or postgres://USER@HOST/DATABASE (also by MHLOOP_JOURNAL)',
    helpGroup: 'GLOBAL',
    helpValue: 'PLACE',
  }),
}

/** For commands about one merchant; read by `this.merchant()`. */
export const merchantFlag = {
  merchant: Flags.string({
    char: 'm',
    description: 'Merchant to work for; default: the one chosen by `mhloop merchant use`',
    env: 'MHLOOP_MERCHANT',
    helpValue: 'NAME',
  }),
}

/** For list commands; the base command obeys it. */
export const formatFlag = {
  format: Flags.string({
    description: 'How to print the list; in a pipe, `table` is tab-separated with a header row',
    options: ['table', 'csv', 'ndjson', 'json'],
    default: 'table',
  }),
}

/** For commands that stop before apply and print the plan. */
export const dryRunFlag = {
  'dry-run': Flags.boolean({ char: 'n', description: 'Print the plan and stop; nothing is written anywhere' }),
}

/** For commands that ask before they do something. */
export const yesFlag = {
  yes: Flags.boolean({ char: 'y', description: 'Answer yes to the question that would be asked' }),
}

/** For commands whose result is checks; written by `junitWriter` (output/junit.ts). */
export const junitFlag = {
  junit: Flags.string({ description: 'Write the checks to FILE as JUnit XML too, for CI', helpValue: 'FILE' }),
}
