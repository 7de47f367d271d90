/** Why a plan or a decision is what it is: a stable code for machines, a sentence for people. */
export type Reason = { code: string; message: string; sku?: string }

export type Severity = 'error' | 'warning' | 'info'

/** One problem of the two systems that an audit or a check reports. `fix` is the next command to type, or null. */
export type Finding = {
  code: string
  severity: Severity
  returnId: string | null
  customerIdentifier: string | null
  message: string
  fix: string | null
}
