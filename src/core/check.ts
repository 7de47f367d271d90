/** One line of `doctor` or `smoke`: what was looked at, how it is, and what to do about it. */
export type Check = {
  /** Stable, for scripts and reports: `loop.credentials`, `journal.disk`. */
  code: string
  /** Null when it is about this machine and not about one merchant. */
  merchant: string | null
  /** `skipped`: could not be looked at, because of another check or because there is nothing to look at; the message says which. */
  status: 'ok' | 'warn' | 'fail' | 'skipped'
  /** What was found, one sentence, safe to print. */
  message: string
  /** The next thing to do, a command to type where there is one; null when there is nothing to do. */
  remedy: string | null
  /** How long it took; 0 when it took no time worth telling. */
  milliseconds: number
}

/** How many checks ended how. */
export function counts(checks: readonly Check[]): Record<Check['status'], number> {
  const of = (status: Check['status']) => checks.filter((check) => check.status === status).length
  return { ok: of('ok'), warn: of('warn'), fail: of('fail'), skipped: of('skipped') }
}
