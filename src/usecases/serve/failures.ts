import type { Fault } from '../../core/errors/fault.ts'
import { nextCommand } from '../../core/errors/next-command.ts'
import type { WorkerOptions } from './worker-options.ts'

/** Milliseconds. To keep the log short, a repeated failure is logged at once, and then this often with its count. */
const logEvery = 10 * 60_000

/** Codes that no later try can overcome. */
const lasting = new Set(['JOURNAL_REPLACED'])

type Failing = { code: string; count: number; since: string; loggedAt: number }

export type Failures = {
  failed(what: string, fault: Fault): void
  worked(what: string): void
}

/** Logs failing runs: at once, at once with another fault, now and then with their count, and when they work again. */
export function createFailures({
  merchant,
  now,
  log,
}: Pick<WorkerOptions, 'log'> & { merchant: string; now(): Date }): Failures {
  const failing = new Map<string, Failing>()
  return {
    failed(what, fault) {
      const at = now()
      const before = failing.get(what)
      if (before?.code !== fault.code) {
        failing.set(what, { code: fault.code, count: 1, since: at.toISOString(), loggedAt: at.getTime() })
        log({ level: 'error', event: `${what} failed`, detail: describe(fault, merchant) })
        return
      }
      before.count += 1
      // After the clock was set back, it is logged all the same.
      if (at.getTime() >= before.loggedAt && at.getTime() - before.loggedAt < logEvery) return
      before.loggedAt = at.getTime()
      log({
        level: 'error',
        event: `${what} failed`,
        detail: `${before.count} times since ${before.since}; ${describe(fault, merchant)}`,
      })
    },
    worked(what) {
      const before = failing.get(what)
      if (before === undefined) return
      failing.delete(what)
      const times = before.count === 1 ? 'once' : `${before.count} times`
      log({
        level: 'info',
        event: `${what} works again`,
        detail: `It failed ${times} since ${before.since}: ${before.code}`,
      })
    },
  }
}

function describe(fault: Fault, merchant: string): string {
  const stays = lasting.has(fault.code) ? ' It stays that way until mhloop serve is restarted.' : ''
  const next = nextCommand(fault, merchant)
  return `${fault.code}: ${fault.message}${stays}${next === null ? '' : ` Next: ${next}`}`
}
