/** Exit codes are a contract with scripts (docs/cli.md). */
export const exitCodes = {
  done: 0,
  ours: 1,
  usage: 2,
  findings: 3,
  credentials: 4,
  notFound: 5,
  refused: 6,
  vendorDown: 7,
  inDoubt: 8,
  notConfirmed: 9,
  interrupted: 130,
} as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Whose fault it is: the first thing an operator wants to know. */
export type Blame = 'ours' | 'input' | 'loop' | 'masonhub' | 'machine'

export type FaultDetails = {
  /** Stable, upper case, e.g. `LOOP_UNAUTHORIZED`. */
  code: string
  exit: ExitCode
  blame: Blame
  /** The next command to type. */
  hint?: string
  merchant?: string
  returnId?: string
  /** The vendor's request id, to quote to its support. */
  requestId?: string
  cause?: unknown
}

/**
 * The only error that reaches an operator. Its message never holds a header, a token or a customer's data, because
 * whoever makes one writes the sentence; nothing is copied from a vendor's answer without passing `shown` first.
 */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: string
  readonly exit: ExitCode
  readonly blame: Blame
  readonly hint: string | null
  readonly merchant: string | null
  readonly returnId: string | null
  readonly requestId: string | null

  constructor(message: string, details: FaultDetails) {
    super(message, details.cause === undefined ? {} : { cause: details.cause })
    this.code = details.code
    this.exit = details.exit
    this.blame = details.blame
    this.hint = details.hint ?? null
    this.merchant = details.merchant ?? null
    this.returnId = details.returnId ?? null
    this.requestId = details.requestId ?? null
  }
}
