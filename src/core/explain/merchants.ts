import type { RegisteredCode } from '../errors/fault-codes.ts'
import type { Explanation } from './explanation.ts'

/** Errors about profiles and their settings. */
export const merchants = {
  MERCHANT_NOT_CHOSEN: {
    means: 'There are several merchants, or none, and the command does not say which one is meant.',
    next: 'Name one with -m NAME, or choose one for all commands: mhloop merchant use NAME',
  },
  MERCHANT_UNKNOWN: { means: 'No merchant of that name is stored.', next: 'See the names: mhloop merchant list' },
  MERCHANT_EXISTS: {
    means: 'A merchant of that name is stored already.',
    next: 'Change it (mhloop merchant set -m NAME KEY VALUE), or take another name.',
  },
  MERCHANT_NOT_STORED: {
    means: 'The merchant `env` consists of environment variables, and has no profile in which this could be kept.',
    next: 'Store a profile: mhloop merchant add NAME',
  },
  MERCHANT_UNREADABLE: {
    means: 'The stored settings or secrets of a merchant cannot be read any more, so nothing more is done for it.',
    next: 'See what is wrong: mhloop merchant show -m NAME',
  },
  MERCHANT_GONE: {
    means: 'The merchant was removed while the command worked for it; nothing more is done.',
    next: 'See which merchants are stored: mhloop merchant list',
  },
  MERCHANT_CHANGED: {
    means: 'The merchant was given other accounts while the command worked for it; nothing more is done.',
    next: 'Look at it (mhloop merchant show -m NAME), then run the command again.',
  },
  MERCHANTS_FILE_WRONG: {
    means: 'The file of merchants has mistakes; nothing was stored.',
    next: 'Correct every line that the message names, then check it: mhloop merchant apply -f FILE --dry-run',
  },
  NAME_WRONG: {
    means: 'The name is not valid for a merchant.',
    next: 'The message says which names are valid: mhloop merchant add --help',
  },
  SETTING_UNKNOWN: { means: 'A merchant has no such setting.', next: 'List the settings: mhloop merchant set --help' },
  SETTING_WRONG: {
    means: 'The setting does not accept this value.',
    next: 'The message says what it accepts; so does mhloop merchant set --help.',
  },
  BASE_URL_REFUSED: {
    means:
      'A base URL cannot be used: it is not an https address, or it contains a password, a query or a fragment. Plain http is only for loopback addresses.',
    next: 'Correct it: mhloop merchant set -m NAME loop-base-url URL, or masonhub-base-url',
  },
  HOST_WRONG: {
    means: '--allow-host is not a host as in a base URL.',
    next: 'Give the host, with its port where it has one: --allow-host mocks.example.com:8443',
  },
  HOST_NOT_ALLOWED: {
    means:
      'The file would send a credential to a host that is not known to be the vendor’s; nothing was sent or stored.',
    next: 'Only if you trust the file, repeat the command with the --allow-host that the message gives.',
  },
  COMMAND_NOT_ALLOWED: {
    means: 'The file would run a program to fetch a secret; it was not run.',
    next: 'Only if you trust the file, repeat the command with --allow-command.',
  },
  REFERENCE_NOT_ALLOWED: {
    means: 'The file refers to a secret that mhloop keeps for something else.',
    next: 'Only if you trust the file, repeat the command with the --allow-reference that the message gives.',
  },
  ENVIRONMENT_MISMATCH: {
    means: 'The merchant is marked as sandbox and its MasonHub base URL is that of production, or the other way round.',
    next: 'Decide which one it is: mhloop merchant set -m NAME environment production',
  },
  DESTINATION_UNKNOWN: {
    means: 'Loop has no destination with that id.',
    next: 'Take ids from the list in the message, or the word every.',
  },
  PROFILES_CHANGED: {
    means: 'Somebody else changed the profile while the command was running; what they stored stays.',
    next: 'Run the same command again: it starts from what is stored now.',
  },
  CONFIG_UNSAFE: {
    means: 'A file or folder of mhloop belongs to another user, is a link, or is readable or writable by other users.',
    next: 'Run the command of the message, such as chmod 600; or use a folder of your own: MHLOOP_CONFIG_DIR.',
  },
  CONFIG_MALFORMED: {
    means: 'A file with profiles or credentials is damaged, or was written by another version.',
    next: 'Restore a copy of the file, or move it away and add the merchants again: mhloop merchant add NAME',
  },
  CONFIG_LOCKED: {
    means: 'Another mhloop is changing the profiles, and did not finish in time.',
    next: 'Try again; if no other mhloop runs, remove the lock that the message names.',
  },
  REASON_TABLE_WRONG: {
    means: 'The sheet with the reason mapping has mistakes; nothing was stored.',
    next: 'Correct the lines that the message names, then check them: mhloop mapping reasons import FILE --dry-run -m NAME',
  },
  REASON_CODE_UNKNOWN: {
    means: 'MasonHub has no such reason code.',
    next: 'The message lists the codes; so does mhloop mapping reasons set --help.',
  },
  REASON_NOT_FOUND: {
    means: 'The mapping has no such reason of Loop.',
    next: 'See what it has: mhloop mapping reasons list -m NAME',
  },
} as const satisfies Partial<Record<RegisteredCode, Explanation>>

/** Errors about secrets, and about where they are kept. */
export const credentials = {
  CREDENTIALS_MISSING: {
    means: 'A credential that the command needs is not stored, or not in the environment.',
    next: 'Store it: mhloop merchant set -m NAME loop-api-key, or masonhub-token',
  },
  CREDENTIALS_MALFORMED: {
    means: 'The credentials are not the JSON object that mhloop expects.',
    next: 'Write it as the message shows.',
  },
  CREDENTIALS_UNREADABLE: {
    means: 'A stored secret, or the place that the profile refers to, cannot be read.',
    next: 'See where each secret is kept: mhloop merchant show -m NAME',
  },
  CREDENTIALS_CHANGED: {
    means: 'The credentials file was changed while it was being encrypted; nothing was encrypted.',
    next: 'Run it again: mhloop merchant encrypt',
  },
  CREDENTIALS_TAMPERED: {
    means: 'The credentials file was changed or replaced by something other than mhloop, so it is not used.',
    next: 'Find out who changed it, then store the secrets again: mhloop merchant set -m NAME loop-api-key',
  },
  PASSPHRASE_MISSING: {
    means: 'The credentials file is encrypted, or is to be, and there is no passphrase.',
    next: 'Set MHLOOP_CREDENTIALS_PASSPHRASE_FILE to a file that holds it: mhloop help environment',
  },
  PASSPHRASE_WRONG: {
    means: 'The credentials file was encrypted with another passphrase.',
    next: 'Correct MHLOOP_CREDENTIALS_PASSPHRASE or its file: mhloop help environment',
  },
  PASSPHRASE_UNUSABLE: {
    means: 'The passphrase has fewer than 12 characters, or the file that should hold it is not there.',
    next: 'Make one: openssl rand -base64 32',
  },
  KEYCHAIN_UNAVAILABLE: {
    means: 'This machine has no keychain that mhloop can use, as is usual on servers and in containers.',
    next: 'Keep the secrets in a file: add --store file, or set MHLOOP_CREDENTIAL_STORE=file.',
  },
  KEYCHAIN_SILENT: {
    means: 'The keychain did not answer in time: it may be locked, or waiting for an answer on another screen.',
    next: 'Unlock it and run the command again, or keep the secrets in a file: MHLOOP_CREDENTIAL_STORE=file.',
  },
  STORE_UNKNOWN: {
    means: 'MHLOOP_CREDENTIAL_STORE is neither keychain nor file.',
    next: 'Correct it: mhloop help environment',
  },
  STORE_UNRELIABLE: {
    means: 'What was written to the credential store was not what was read back, so the old token stays in use.',
    next: 'See where the secrets are kept (mhloop merchant show -m NAME), and move them to a file if it happens again.',
  },
  SECRET_IS_REFERENCE: {
    means: 'The profile refers to another place for this secret, and mhloop cannot store a new one there.',
    next: 'Replace it there; or keep it with mhloop from now on: mhloop merchant set -m NAME masonhub-token',
  },
  SECRET_OF_OTHER_HOST: {
    means:
      'The base URL is to change to another host, and a stored credential belongs to the old one; nothing was sent.',
    next: 'Give the credential of the new host together with the change, as the message shows.',
  },
  ROTATION_UNFINISHED: {
    means: 'A rotation of the MasonHub token was begun for the old host, and is not finished.',
    next: 'Finish it first: mhloop merchant rotate masonhub -m NAME',
  },
  TOKEN_SHARED: {
    means: 'Other merchants on this machine use the same MasonHub token: replacing it would lock them out.',
    next: 'Give each merchant a token of its own: mhloop merchant set -m NAME masonhub-token',
  },
  TOKEN_WITHOUT_PHRASE: {
    means:
      'The stored MasonHub token does not show which phrase it was created from, so it could not be revoked afterwards.',
    next: 'Ask MasonHub for a token of this account, then: mhloop merchant set -m NAME masonhub-token',
  },
  TOKEN_UNEXPECTED: {
    means: 'MasonHub made a token from another phrase than requested; it is not used, and the old one still works.',
    next: 'Report it to MasonHub: integration-support@masonhub.co',
  },
  TOKEN_REFUSED: {
    means: 'MasonHub issued a new token and then refused it; the old one still works.',
    next: 'Try again later: mhloop merchant rotate masonhub -m NAME',
  },
} as const satisfies Partial<Record<RegisteredCode, Explanation>>
