import type { ExitCode } from './exit-codes.ts'

/** Whose fault it is: the first thing an operator wants to know. */
export type Blame = 'ours' | 'input' | 'loop' | 'masonhub' | 'machine'

type OneOrMore<Value> = Value | readonly [Value, ...Value[]]
type Row = { exit: OneOrMore<ExitCode>; blame: OneOrMore<Blame> }

/**
 * Every code of an error, with its exit code and whose fault it is; a list where that depends on the case.
 * src/core/explain says what each code means and what to do about it; only `mhloop explain` and docs/errors.md load
 * that.
 */
export const faultCodes = {
  // The command line.
  USAGE: { exit: 2, blame: 'input' },
  UNKNOWN_COMMAND: { exit: 2, blame: 'input' },
  UNKNOWN_FLAG: { exit: 2, blame: 'input' },
  MISSING_INPUT: { exit: 2, blame: 'input' },
  SECRET_IN_ARGUMENTS: { exit: 2, blame: 'input' },
  CODE_UNKNOWN: { exit: 2, blame: 'input' },
  CHECK_CODE_UNKNOWN: { exit: 2, blame: 'input' },
  FINDING_CODE_UNKNOWN: { exit: 2, blame: 'input' },
  SHELL_UNKNOWN: { exit: 2, blame: 'input' },
  WRONG_MOMENT: { exit: 2, blame: 'input' },
  WRONG_WINDOW: { exit: 2, blame: 'input' },
  WRONG_LENGTH: { exit: 2, blame: 'input' },
  TIMEOUT_UNUSABLE: { exit: 2, blame: 'input' },
  FILE_UNREADABLE: { exit: 2, blame: 'input' },
  FILE_UNWRITABLE: { exit: 2, blame: 'input' },
  PATH_RELATIVE: { exit: 2, blame: 'input' },
  BODY_UNREADABLE: { exit: 2, blame: 'input' },
  PATH_REFUSED: { exit: 2, blame: 'input' },
  REQUEST_REFUSED: { exit: 6, blame: 'input' },
  CONFIRMATION_NEEDED: { exit: 9, blame: 'input' },
  NOT_CONFIRMED: { exit: 9, blame: 'input' },
  INTERRUPTED: { exit: 130, blame: 'input' },

  // mhloop and the machine that it runs on.
  INTERNAL: { exit: 1, blame: 'ours' },
  OUTPUT_UNWRITABLE: { exit: 1, blame: 'machine' },
  HOME_UNKNOWN: { exit: 2, blame: 'machine' },
  PROXY_UNUSABLE: { exit: 2, blame: 'machine' },
  'MACHINE_*': { exit: 1, blame: 'machine' },

  // Merchants and their settings.
  MERCHANT_NOT_CHOSEN: { exit: 2, blame: 'input' },
  MERCHANT_UNKNOWN: { exit: 5, blame: 'input' },
  MERCHANT_EXISTS: { exit: 2, blame: 'input' },
  MERCHANT_NOT_STORED: { exit: 2, blame: 'input' },
  MERCHANT_UNREADABLE: { exit: [1, 2], blame: 'machine' },
  MERCHANT_GONE: { exit: 5, blame: 'machine' },
  MERCHANT_CHANGED: { exit: 6, blame: 'machine' },
  MERCHANTS_FILE_WRONG: { exit: 2, blame: 'input' },
  NAME_WRONG: { exit: 2, blame: 'input' },
  SETTING_UNKNOWN: { exit: 2, blame: 'input' },
  SETTING_WRONG: { exit: 2, blame: 'input' },
  BASE_URL_REFUSED: { exit: 2, blame: 'input' },
  HOST_WRONG: { exit: 2, blame: 'input' },
  HOST_NOT_ALLOWED: { exit: 6, blame: 'input' },
  COMMAND_NOT_ALLOWED: { exit: 6, blame: 'input' },
  REFERENCE_NOT_ALLOWED: { exit: 6, blame: 'input' },
  ENVIRONMENT_MISMATCH: { exit: 2, blame: 'input' },
  DESTINATION_UNKNOWN: { exit: 2, blame: 'input' },
  PROFILES_CHANGED: { exit: 6, blame: 'input' },
  CONFIG_UNSAFE: { exit: 2, blame: 'machine' },
  CONFIG_MALFORMED: { exit: 2, blame: 'input' },
  CONFIG_LOCKED: { exit: 1, blame: 'machine' },
  REASON_TABLE_WRONG: { exit: 2, blame: 'input' },
  REASON_CODE_UNKNOWN: { exit: 2, blame: 'input' },
  REASON_NOT_FOUND: { exit: 5, blame: 'input' },

  // Credentials.
  CREDENTIALS_MISSING: { exit: 4, blame: 'input' },
  CREDENTIALS_MALFORMED: { exit: 2, blame: 'input' },
  CREDENTIALS_UNREADABLE: { exit: 4, blame: 'input' },
  CREDENTIALS_CHANGED: { exit: 6, blame: 'machine' },
  CREDENTIALS_TAMPERED: { exit: 4, blame: 'machine' },
  PASSPHRASE_MISSING: { exit: 4, blame: 'input' },
  PASSPHRASE_WRONG: { exit: 4, blame: 'input' },
  PASSPHRASE_UNUSABLE: { exit: 2, blame: 'input' },
  KEYCHAIN_UNAVAILABLE: { exit: 4, blame: 'machine' },
  KEYCHAIN_SILENT: { exit: 4, blame: 'machine' },
  STORE_UNKNOWN: { exit: 2, blame: 'input' },
  STORE_UNRELIABLE: { exit: 1, blame: 'machine' },
  SECRET_IS_REFERENCE: { exit: 6, blame: 'input' },
  SECRET_OF_OTHER_HOST: { exit: 4, blame: 'input' },
  ROTATION_UNFINISHED: { exit: 6, blame: 'input' },
  TOKEN_SHARED: { exit: 6, blame: 'input' },
  TOKEN_WITHOUT_PHRASE: { exit: 6, blame: 'masonhub' },
  TOKEN_UNEXPECTED: { exit: 6, blame: 'masonhub' },
  TOKEN_REFUSED: { exit: 4, blame: 'input' },

  // Returns, events and refunds.
  RETURN_ID_INVALID: { exit: 2, blame: 'input' },
  RETURN_NOT_FOUND: { exit: 5, blame: 'input' },
  RETURN_AMBIGUOUS: { exit: 5, blame: 'input' },
  EVENT_NOT_FOUND: { exit: 5, blame: 'input' },
  WINDOW_INVALID: { exit: 2, blame: 'input' },
  NOTE_LENGTH: { exit: 2, blame: 'input' },
  LINE_ITEMS_INVALID: { exit: 2, blame: 'input' },
  PAUSE_OF_OTHER_ACCOUNT: { exit: 6, blame: 'input' },
  PRODUCTION_REFUSED: { exit: 6, blame: 'input' },
  SMOKE_FAILED: { exit: 3, blame: 'masonhub' },
  SMOKE_IN_DOUBT: { exit: 8, blame: 'loop' },

  // Loop.
  LOOP_UNREACHABLE: { exit: 7, blame: ['loop', 'machine'] },
  LOOP_UNREADABLE: { exit: 7, blame: 'loop' },
  LOOP_SERVER_ERROR: { exit: 7, blame: 'loop' },
  LOOP_RATE_LIMITED: { exit: 7, blame: 'loop' },
  LOOP_CURSOR_EXPIRED: { exit: 7, blame: 'loop' },
  LOOP_UNAUTHORIZED: { exit: 4, blame: 'input' },
  LOOP_FORBIDDEN: { exit: 4, blame: 'input' },
  LOOP_SCOPE_MISSING: { exit: 4, blame: 'input' },
  LOOP_NOT_FOUND: { exit: 5, blame: 'input' },
  LOOP_REJECTED: { exit: 6, blame: 'loop' },
  LOOP_REFUSED: { exit: 6, blame: 'loop' },
  LOOP_IN_DOUBT: { exit: 8, blame: 'loop' },

  // MasonHub.
  MASONHUB_UNREACHABLE: { exit: 7, blame: ['masonhub', 'machine'] },
  MASONHUB_UNREADABLE: { exit: 7, blame: 'masonhub' },
  MASONHUB_SERVER_ERROR: { exit: 7, blame: 'masonhub' },
  MASONHUB_RATE_LIMITED: { exit: 7, blame: 'masonhub' },
  MASONHUB_UNAUTHORIZED: { exit: 4, blame: 'input' },
  MASONHUB_FORBIDDEN: { exit: 4, blame: 'input' },
  MASONHUB_WRONG_SLUG: { exit: 4, blame: 'input' },
  MASONHUB_NOT_FOUND: { exit: 5, blame: 'input' },
  MASONHUB_REJECTED: { exit: 6, blame: 'masonhub' },
  MASONHUB_REFUSED: { exit: 6, blame: 'masonhub' },
  MASONHUB_IN_DOUBT: { exit: 8, blame: 'masonhub' },

  // Webhooks and the receiver.
  NOT_CONNECTED: { exit: 6, blame: 'input' },
  URL_REFUSED: { exit: 2, blame: 'input' },
  RECEIVER_ADDRESS: { exit: 2, blame: 'machine' },
  RECEIVER_KEY: { exit: 2, blame: 'input' },
  RECEIVER_TLS: { exit: 2, blame: 'input' },

  // The journal.
  JOURNAL_LOCATION: { exit: 2, blame: 'input' },
  JOURNAL_OTHER: { exit: 6, blame: 'machine' },
  JOURNAL_MOVED: { exit: 1, blame: 'machine' },
  JOURNAL_REPLACED: { exit: 1, blame: 'machine' },
  JOURNAL_FOREIGN: { exit: 1, blame: 'machine' },
  JOURNAL_NEWER: { exit: 1, blame: 'machine' },
  JOURNAL_BUSY: { exit: 1, blame: 'machine' },
  JOURNAL_CORRUPT: { exit: 1, blame: 'machine' },
  JOURNAL_UNWRITABLE: { exit: 1, blame: 'machine' },
  JOURNAL_UNSAFE: { exit: 1, blame: 'machine' },
  JOURNAL_NOT_DURABLE: { exit: 1, blame: 'machine' },
  JOURNAL_UNREACHABLE: { exit: 1, blame: 'machine' },
  JOURNAL_OUTCOME_UNKNOWN: { exit: 8, blame: 'machine' },
  JOURNAL_DENIED: { exit: 4, blame: 'machine' },
  JOURNAL_POOLED: { exit: 1, blame: 'machine' },
  JOURNAL_NOT_SUPPORTED: { exit: 1, blame: 'machine' },
  JOURNAL_POSTGRES_TOO_OLD: { exit: 1, blame: 'machine' },
  JOURNAL_SQLITE_TOO_OLD: { exit: 1, blame: 'machine' },
  JOURNAL_NOT_EMPTY: { exit: 6, blame: 'input' },
  JOURNAL_MISUSED: { exit: 1, blame: 'ours' },
  JOURNAL_BAD_TIME: { exit: 1, blame: 'ours' },
  JOURNAL_FORBIDDEN: { exit: 1, blame: 'ours' },
  BACKUP_EXISTS: { exit: 2, blame: 'input' },
  BACKUP_NOT_FOUND: { exit: 5, blame: 'input' },
  BACKUP_UNWRITABLE: { exit: 1, blame: 'machine' },

  // The sandbox.
  SANDBOX_URL_INVALID: { exit: 2, blame: 'input' },
  SANDBOX_UNREACHABLE: { exit: 7, blame: 'machine' },
  SANDBOX_PORT_UNAVAILABLE: { exit: 2, blame: 'machine' },
  SANDBOX_FAULT_UNREADABLE: { exit: 2, blame: 'input' },
  SANDBOX_FAULT_UNKNOWN: { exit: 2, blame: 'input' },
  SANDBOX_FAULT_VALUE: { exit: 2, blame: 'input' },
  SANDBOX_BAD_REQUEST: { exit: 2, blame: 'input' },
  SANDBOX_CONFLICT: { exit: 2, blame: 'input' },
  SANDBOX_FORBIDDEN: { exit: 2, blame: 'input' },
  SANDBOX_NOT_FOUND: { exit: 5, blame: 'input' },
  SANDBOX_REFUSED: { exit: [2, 5], blame: 'input' },
  SANDBOX_FAILED: { exit: 1, blame: 'ours' },
} as const satisfies Record<string, Row>

type Register = typeof faultCodes
/** The codes of the register; `MACHINE_*` stands for every error code of the operating system. */
export type RegisteredCode = keyof Register
export type FaultCode = Exclude<RegisteredCode, 'MACHINE_*'> | `MACHINE_${string}`

type One<Value> = Value extends readonly unknown[] ? false : true
type Any<Value> = Value extends readonly (infer Each)[] ? Each : Value
type Plain = {
  [Code in RegisteredCode]: [One<Register[Code]['exit']>, One<Register[Code]['blame']>] extends [true, true]
    ? Code
    : never
}[RegisteredCode]

/** Codes with one exit code and one blame, which the place that throws the error need not repeat. */
export type PlainCode = Exclude<Plain, 'MACHINE_*'> | `MACHINE_${string}`

/** Codes that always have this exit code and this blame, for functions that create several of them. */
export type CodeOf<Exit extends ExitCode, By extends Blame> = {
  [Code in RegisteredCode]: Register[Code] extends { exit: Exit; blame: By } ? Code : never
}[RegisteredCode]

type OfOneExit<Code extends RegisteredCode> =
  One<Register[Code]['exit']> extends true ? { exit?: never } : { exit: Any<Register[Code]['exit']> }
type OfOneBlame<Code extends RegisteredCode> =
  One<Register[Code]['blame']> extends true ? { blame?: never } : { blame: Any<Register[Code]['blame']> }
type ByCase = { [Code in Exclude<RegisteredCode, Plain>]: { code: Code } & OfOneExit<Code> & OfOneBlame<Code> }

/** A code, with what the register leaves open. */
export type CodeDetails = { code: PlainCode; exit?: never; blame?: never } | ByCase[keyof ByCase]

/** The register's name for a code; null when the register lacks it. */
export function registeredAs(code: string): RegisteredCode | null {
  const name = code.startsWith('MACHINE_') ? 'MACHINE_*' : code
  return Object.hasOwn(faultCodes, name) ? (name as RegisteredCode) : null
}

export function rowOf(code: FaultCode): Row {
  return faultCodes[registeredAs(code) ?? 'INTERNAL']
}
