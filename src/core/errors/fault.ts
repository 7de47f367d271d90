import type { ExitCode } from './exit-codes.ts'
import { type Blame, type CodeDetails, type FaultCode, rowOf } from './fault-codes.ts'

export { type ExitCode, exitCodes } from './exit-codes.ts'
export type { Blame, CodeOf, FaultCode } from './fault-codes.ts'

/** What an error says beside its code. */
type FaultContext = {
  /** The next command to type. */
  hint?: string | null | undefined
  merchant?: string | null | undefined
  returnId?: string | null | undefined
  /** The vendor's request id, to quote to its support. */
  requestId?: string | null | undefined
  cause?: unknown
}

/** Code, exit code and blame of another error, for one that describes it in other words. */
type Same = { like: Pick<Fault, 'code' | 'exit' | 'blame'>; code?: never; exit?: never; blame?: never }

/** `code`: stable, upper case. The register gives its exit code and blame, unless these depend on the case. */
type FaultDetails = (CodeDetails | Same) & FaultContext

/**
 * The only error that reaches an operator. Its message never contains a header, a token or a customer's data: its
 * author writes the whole sentence, and copies nothing from a vendor's answer that has not passed `printable`.
 */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: FaultCode
  readonly exit: ExitCode
  readonly blame: Blame
  readonly hint: string | null
  readonly merchant: string | null
  readonly returnId: string | null
  readonly requestId: string | null

  constructor(message: string, details: FaultDetails) {
    super(message, details.cause === undefined ? {} : { cause: details.cause })
    const { code, exit, blame } = 'like' in details ? details.like : detailed(details)
    this.code = code
    this.exit = exit
    this.blame = blame
    this.hint = details.hint ?? null
    this.merchant = details.merchant ?? null
    this.returnId = details.returnId ?? null
    this.requestId = details.requestId ?? null
  }
}

/** The same error in other words, with all that it says beside its code, except what `changes` says. */
export function reworded(fault: Fault, message: string, changes: FaultContext = {}): Fault {
  const { hint, merchant, returnId, requestId } = fault
  return new Fault(message, { like: fault, hint, merchant, returnId, requestId, cause: fault, ...changes })
}

function detailed({ code, exit, blame }: CodeDetails): Same['like'] {
  const row = rowOf(code)
  return { code, exit: exit ?? first(row.exit), blame: blame ?? first(row.blame) }
}

function first<Value extends string | number>(value: Value | readonly [Value, ...Value[]]): Value {
  return typeof value === 'object' ? value[0] : value
}
