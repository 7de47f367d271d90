import type { Severity } from '../explain/reason.ts'
import type { FindingCode } from './finding-codes.ts'

/** A finding about one return, before it is known which. */
export type Draft = { code: FindingCode; severity: Severity; message: string; fix: string | null }
