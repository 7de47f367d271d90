import type { RegisteredCode } from '../errors/fault-codes.ts'
import type { Explanation } from './explanation.ts'

/** Errors about what was typed. */
export const commandLine = {
  USAGE: {
    means: 'A flag, an argument or a value of the command is wrong, or they cannot be combined.',
    next: 'Read the message, and the help of the command: mhloop help',
  },
  UNKNOWN_COMMAND: { means: 'mhloop has no such command.', next: 'List the commands: mhloop help' },
  UNKNOWN_FLAG: {
    means:
      'The command has no such flag. No flag takes a secret: secrets come from a prompt, a file or the environment.',
    next: 'Run the command with --help; for secrets: mhloop help environment',
  },
  MISSING_INPUT: {
    means: 'An argument, a flag or a value that the command needs is missing, and there is no terminal to ask on.',
    next: 'Give everything that the message names; the help of the command has an example.',
  },
  SECRET_IN_ARGUMENTS: {
    means: 'A secret is among the arguments, where the shell’s history and the process list would show it.',
    next: 'Name the secret alone, and type it at the prompt or pipe it in: mhloop merchant set -m NAME loop-api-key',
  },
  CODE_UNKNOWN: { means: '`mhloop explain` knows no such code.', next: 'List all codes: mhloop explain' },
  CHECK_CODE_UNKNOWN: {
    means: '`doctor --only` names neither a check nor a group of checks.',
    next: 'The message lists both; so does mhloop explain.',
  },
  FINDING_CODE_UNKNOWN: {
    means: '`mapping audit --only` names no finding.',
    next: 'The message lists them; so does mhloop explain.',
  },
  SHELL_UNKNOWN: {
    means: 'The shell that runs mhloop could not be recognised, so there is no completion script to print.',
    next: 'Name the shell: mhloop autocomplete bash',
  },
  WRONG_MOMENT: {
    means: 'A point in time (--since, --until, --before) is not in a format that mhloop accepts.',
    next: 'Write a date, a time with Z or an offset, or an age such as 30d.',
  },
  WRONG_WINDOW: {
    means: 'The window of time is empty, or begins in the future.',
    next: 'Give a --since that is in the past and before --until.',
  },
  WRONG_LENGTH: { means: '--every is not a valid duration.', next: 'Write 30s, 5m or 1h; at most 1d.' },
  TIMEOUT_UNUSABLE: {
    means: 'The time limit of a request (--timeout or MHLOOP_TIMEOUT) is not a whole number of seconds from 1 to 60.',
    next: 'Give one that is, such as --timeout 20.',
  },
  FILE_UNREADABLE: {
    means: 'A file that was named does not exist, or cannot be read.',
    next: 'Correct the path, or the permissions of the file.',
  },
  FILE_UNWRITABLE: {
    means: 'The report of --junit cannot be written to that place.',
    next: 'Name a regular file in a folder that exists and that you may write to.',
  },
  PATH_RELATIVE: {
    means: 'A path in the environment or in a setting is relative, or begins with a literal ~.',
    next: 'Give an absolute path; the message has the one to type.',
  },
  BODY_UNREADABLE: {
    means: 'The body given with --input is not JSON.',
    next: 'Correct it; numbers and texts are sent exactly as they are written.',
  },
  PATH_REFUSED: {
    means: 'The path of a raw request leaves the base URL of the vendor, where the credential must not go.',
    next: 'Give a path that begins with / and has no .. in it.',
  },
  REQUEST_REFUSED: {
    means:
      'mhloop does not send this as a raw request: it could pay a refund or change something that the journal must record.',
    next: 'Use the command that the message names instead.',
  },
  CONFIRMATION_NEEDED: {
    means: 'The command needs a confirmation, and there is no terminal to ask on; nothing was done.',
    next: 'See what it would do with --dry-run where the command has it, then add --yes.',
  },
  NOT_CONFIRMED: {
    means: 'The question was answered with no; nothing was done.',
    next: 'Run the command again to be asked again.',
  },
  INTERRUPTED: {
    means: 'The run was stopped by Ctrl-C, SIGINT or SIGTERM; what was in flight was finished and recorded.',
    next: 'Run the same command again: it continues where it stopped.',
  },
} as const satisfies Partial<Record<RegisteredCode, Explanation>>

/** Errors of mhloop itself, and of the machine that it runs on. */
export const machine = {
  INTERNAL: {
    means: 'mhloop has a bug; your input is not the cause.',
    next: 'Run it again with --verbose, and report the output together with mhloop version.',
  },
  OUTPUT_UNWRITABLE: {
    means:
      'The result could not be written to standard output, for example because the disk is full; what the command did is not undone.',
    next: 'Free up space, then check what was done: mhloop journal status',
  },
  HOME_UNKNOWN: {
    means: 'The user has no home folder, so there is no place for settings and journal.',
    next: 'Name two folders: export MHLOOP_CONFIG_DIR=/a/folder MHLOOP_DATA_DIR=/another/one',
  },
  PROXY_UNUSABLE: {
    means: 'The proxy in HTTPS_PROXY is not a usable address.',
    next: 'Write http://HOST:PORT, or bypass the proxy: export NO_PROXY=HOST, with the host of the vendor.',
  },
  'MACHINE_*': {
    means:
      'The operating system refused something; its own error code follows MACHINE_, such as ENOSPC for a full disk or EACCES for a missing permission.',
    next: 'Check that the path in the message exists, that it is yours, and that the disk has room.',
  },
} as const satisfies Partial<Record<RegisteredCode, Explanation>>
