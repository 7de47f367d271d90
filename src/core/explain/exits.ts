import type { ExitCode } from '../errors/exit-codes.ts'
import type { Explanation } from './explanation.ts'

/** What each exit code means: for `mhloop explain`, `mhloop help exit-codes`, docs/cli.md and docs/errors.md. */
export const exits = {
  0: { means: 'Success: what the command was for is done.', next: 'Nothing to do.' },
  1: {
    means: 'A bug of mhloop, or a problem of the machine that it runs on: its disk, its journal, its files.',
    next: 'Read the error’s code; report a bug with the output of --verbose.',
  },
  2: { means: 'Wrong usage: flags, arguments, an input file or the configuration.', next: 'Correct the command.' },
  3: {
    means: 'Done, with findings: an audit found something, some records failed, or a check warned.',
    next: 'Check what was found.',
  },
  4: { means: 'Credentials are missing, wrong, or lack a scope.', next: 'See which: mhloop doctor -m NAME' },
  5: { means: 'What was named was not found, or is ambiguous.', next: 'Correct the id or the name.' },
  6: { means: 'Refused, by a vendor’s rules or by mhloop’s.', next: 'Read the reasons in the message.' },
  7: {
    means: 'A vendor cannot be reached, is overloaded or limits requests, even after retries.',
    next: 'Try again later; if it lasts: mhloop doctor -m NAME',
  },
  8: {
    means:
      'In doubt: something was sent, and its outcome could not be established; or a return is parked until a person decides.',
    next: 'Check before you repeat anything: mhloop rma show ID -m NAME',
  },
  9: {
    means: 'A confirmation was needed and could not be asked for, or the answer was no; nothing was done.',
    next: 'Answer on a terminal, or add --yes.',
  },
  130: {
    means: 'Interrupted by Ctrl-C, SIGINT or SIGTERM; what is stored is consistent.',
    next: 'Run the same command again.',
  },
} as const satisfies Record<ExitCode, Explanation>
