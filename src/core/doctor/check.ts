/** One line of `doctor` or `smoke`: what was checked, what was found, and what to do about it. */
export type Check = {
  /** Stable, for scripts and reports: `loop.credentials`, `journal.disk`. */
  code: string
  /** null when the check is about this machine and not about one merchant. */
  merchant: string | null
  /** `skipped`: not checked, because of another check or because there is nothing to check; the message says which. */
  status: 'ok' | 'warn' | 'fail' | 'skipped'
  /** What was found, one sentence, safe to print. */
  message: string
  /** The next thing to do, a command to type where there is one; null when there is nothing to do. */
  remedy: string | null
  /** How long the check took; 0 when it took no time worth reporting. */
  milliseconds: number
}

/** Counts the checks by status. */
export function counts(checks: readonly Check[]): Record<Check['status'], number> {
  const of = (status: Check['status']) => checks.filter((check) => check.status === status).length
  return { ok: of('ok'), warn: of('warn'), fail: of('fail'), skipped: of('skipped') }
}
