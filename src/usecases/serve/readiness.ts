import { Fault } from '../../core/errors/fault.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Readiness } from '../../receiver/receiver.ts'
import type { Roster } from './roster.ts'

/** Milliseconds. An event that waits for longer means that nothing is processed. */
const stuckAfter = 300_000
/** Milliseconds. Monitoring gets an answer within a second, whatever the journal does (H3). */
const answersWithin = 700

/** Ready means that work is being done, not that the process is alive: a stopped worker is not ready (F45). */
export function createReadiness({
  journal,
  roster,
  trouble,
  now,
}: {
  journal: Journal
  roster: Pick<Roster, 'states' | 'settings'>
  /** The error of the journal's last regular write; null: it succeeded. */
  trouble(): unknown
  now(): Date
}): () => Promise<Readiness> {
  /** One query at a time, which all callers share. */
  let asking: Promise<string | null> | null = null
  const oldestNew = () => {
    asking ??= journal.events.oldestNew().finally(() => {
      asking = null
    })
    return asking
  }

  return async () => {
    const answered = await answerOf(oldestNew())
    const problem = 'problem' in answered ? answered.problem : codeOf(trouble())
    const oldest = 'oldest' in answered ? answered.oldest : null
    const waiting = oldest === null ? null : Math.max(0, now().getTime() - Date.parse(oldest))
    const merchants = roster
      .states()
      .map(({ merchant, lastGoodPollAt, stopped }) => ({ merchant, lastGoodPollAt, stopped }))
    const settings = roster.settings()
    const moving = waiting === null || waiting < stuckAfter
    return {
      ready: problem === null && settings === null && moving && merchants.every(({ stopped }) => stopped === null),
      journal: problem,
      settings,
      oldestEventSeconds: waiting === null ? null : Math.round(waiting / 1000),
      merchants,
    }
  }
}

async function answerOf(question: Promise<string | null>): Promise<{ oldest: string | null } | { problem: string }> {
  const late = Promise.withResolvers<{ problem: string }>()
  const timer = setTimeout(() => late.resolve({ problem: 'JOURNAL_BUSY' }), answersWithin)
  try {
    const answer = question.then(
      (oldest) => ({ oldest }),
      (error: unknown) => ({ problem: codeOf(error) ?? 'INTERNAL' }),
    )
    return await Promise.race([answer, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

function codeOf(error: unknown): string | null {
  if (error === null) return null
  return error instanceof Fault ? error.code : 'INTERNAL'
}
