import { setTimeout as pause } from 'node:timers/promises'
import type { Journal } from '../../../src/journal/journal.ts'
import { openJournal } from '../../../src/journal/open-journal.ts'
import type { FaultName } from '../../../src/sandbox/fault-injection.ts'
import { restartServer } from '../../postgres/server.ts'
import { isLeftToOperator, judge } from './judge.ts'
import { operate } from './operators.ts'
import { createReturns, isDone, type Returns } from './returns.ts'
import type { Program } from './serve-processes.ts'
import { openShop, type VendorLimits } from './shop.ts'
import { createTrouble } from './trouble.ts'

export type DayOptions = {
  program: Program
  seed: number
  returns: number
  workers: number
  operators: number
  limits: VendorLimits
  faults?: Partial<Record<FaultName, number>>
  /** Milliseconds between two disturbances of the workers; 0: none. */
  troubleEvery: number
  /** Whether the database is restarted in the middle, and once more as if its machine had lost power. */
  database: boolean
  /** Milliseconds without any return ending, after which the day ends. */
  stall: number
  progress(done: number): void
  signal: AbortSignal
}

export type Day = { figures: Record<string, number | string>; violations: string[] }

/** One day of a busy shop: several workers on one journal, operators beside them, and every kind of disturbance. */
export async function runDay(options: DayOptions): Promise<Day> {
  const shop = await openShop(options.seed, options.limits, options.faults)
  const returns = createReturns(shop, { total: options.returns, together: Math.min(400, options.returns) })
  const workers = createTrouble(shop, options.program, options.workers)
  const over = new AbortController()
  const begun = performance.now()
  try {
    await workers.begin()
    const troubled = options.troubleEvery > 0 ? workers.run(options.troubleEvery, over.signal) : undefined
    const operators = Array.from({ length: options.operators }, (_, index) =>
      operate(shop, options.program, `operator${index}`, returns, over.signal),
    )
    const journal = await openJournal(shop.place.location, { dataDir: '' })
    const outages = await work(returns, journal, options)
    const seconds = (performance.now() - begun) / 1000
    over.abort()
    await troubled
    const typed = await Promise.all(operators)
    // Messages that arrive while the last workers end are stored, and the next workers process them.
    for (let tries = 0; tries < 5 && (tries === 0 || (await hasNews(journal))); tries += 1) {
      if (tries > 0) await workers.begin()
      await reportsOfAll(journal, options.stall)
      await workers.end()
    }
    const verdict = await judge(shop, returns, journal, options.limits)
    await journal.close()
    const tracked = [...returns.all.values()]
    const count = (of: (one: (typeof tracked)[number]) => boolean) => tracked.filter(of).length
    const { loop, masonhub } = shop.sandbox.requestCounts
    return {
      figures: {
        returns: tracked.length,
        'refunds paid': count(({ paid }) => paid > 0),
        'paid twice': count(({ paid, accepted }) => paid > 1 || accepted > 1),
        flagged: count(({ flagged }) => flagged > 0),
        'left to a person, a worker having died between claim and answer': verdict.leftToOperator,
        'workers killed': workers.counts.killed,
        'workers frozen': workers.counts.frozen,
        'workers added': workers.counts.added,
        'database restarts': outages,
        "operators' commands": typed.reduce((sum, { commands }) => sum + commands, 0),
        'messages acknowledged': shop.reverseProxy.acknowledged,
        'requests to Loop': `${loop}, at most ${verdict.loopPeak} in a minute of ${options.limits.loopPerMinute}`,
        'requests to MasonHub': `${masonhub}, at most ${verdict.masonhubPeak} in a minute`,
        "the journal's size by return": `${(verdict.bytesPerReturn / 1000).toFixed(1)} kB`,
        seconds: Math.round(seconds),
        'returns a second': tracked.length / seconds,
      },
      violations: [...verdict.violations, ...workers.complaints, ...typed.flatMap(({ complaints }) => complaints)],
    }
  } finally {
    over.abort()
    workers.abandon()
    await shop.close()
  }
}

/** The last messages come after the last refund: waits until the workers have processed them. */
async function reportsOfAll(journal: Journal, stall: number): Promise<void> {
  const deadline = performance.now() + stall
  while (performance.now() < deadline) {
    const accepted = await journal.effects.find({ kinds: ['process', 'flag'], states: ['accepted'] })
    if (accepted.length === 0 && !(await hasNews(journal))) return
    await pause(250)
  }
}

const hasNews = async ({ events }: Journal) => (await events.find({ states: ['new'], limit: 1 })).length > 0

/**
 * Longer than any worker is frozen: a run that sent something so long ago has ended, and what it sent is never sent
 * again.
 */
const longAgo = 30_000

/** Whether everything that is left waits for a person, who does not come before the day is over. */
async function waitsForOperators(returns: Returns, { effects }: Journal): Promise<boolean> {
  const undone = [...returns.all.values()].filter((one) => !isDone(one))
  const before = Date.now() - longAgo
  const sent = await effects.find({ returnIds: undone.map(({ returnId }) => returnId) })
  const old = sent.filter(({ sentAt }) => sentAt !== null && Date.parse(sentAt) < before)
  return undone.every(({ returnId }) => isLeftToOperator(old.filter((effect) => effect.returnId === returnId)))
}

/** Says when the day is over: every return has ended, none has for long, or only people could continue. */
function dayOver(returns: Returns, journal: Journal, { returns: total, stall, signal }: DayOptions) {
  let moved = { done: 0, at: performance.now() }
  let readAt = performance.now()
  return async (): Promise<boolean> => {
    const now = performance.now()
    if (returns.done > moved.done) moved = { done: returns.done, at: now }
    if (signal.aborted || returns.done >= total || now - moved.at > stall) return true
    if (returns.all.size < total || now - Math.max(moved.at, readAt) < longAgo / 3) return false
    readAt = now
    return await waitsForOperators(returns, journal)
  }
}

/** Runs the day. Returns how often the database went away. */
async function work(returns: Returns, journal: Journal, options: DayOptions): Promise<number> {
  const isOver = dayOver(returns, journal, options)
  let outages = 0
  while (!(await isOver())) {
    returns.step()
    options.progress(returns.done)
    if (options.database && outages < 2 && returns.done >= (options.returns * (outages + 1)) / 3) {
      if (await restartServer(outages === 0 ? 'restart' : 'crash')) outages += 1
      else break
    }
    await pause(100)
  }
  return outages
}
