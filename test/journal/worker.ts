/**
 * One process of a test with several: `worker.ts ROLE LOCATION NAME [COUNT]`. It waits for the word `go` on its
 * standard input, so that all begin together, prints one line of JSON for each step, and exits with 1 for an error.
 * Without arguments it takes one role after the other from its standard input, each as a line of JSON, and prints
 * `ended` after each.
 */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Fault } from '../../src/core/errors/fault.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { openJournal } from '../../src/journal/open-journal.ts'
import { at, clock, effect, event, generous, returnIds } from './fresh.ts'

export type Task = { role: string; location: string; name: string; count: number }

const roles: Record<string, (journal: Journal, task: Task) => Promise<void>> = {
  /** Only opens the file. */
  open: async (journal) => say(await journal.installationId()),

  /** Raises a note's attempts by claiming it and giving it back, and claims refunds, as fast as it can. */
  hammer: async (journal, { name, count }) => {
    let counted = 0
    while (counted < count) {
      const [note] = await journal.effects.find({ kinds: ['note'] })
      if (!note) throw new Error('no note')
      if ((await journal.effects.claim(note.effectId, name, at)) === null) continue
      counted += 1
      const change = { from: ['sent'] as const, to: 'planned' as const, evidence: 'again', at, actor: name }
      if ((await journal.effects.settle(note.effectId, change)) === null) throw new Error('lost what it owned')
    }
    say(counted)
  },

  /** Tries to claim every refund. */
  claim: async (journal, { name, count }) => {
    const limits = { ...generous, refundsPerHour: count }
    for (const { effectId } of await journal.effects.find({ kinds: ['process'] })) {
      const claim = await journal.effects.claimRefund(effectId, name, at, limits)
      if (claim.claimed) say(effectId)
    }
  },

  /** All workers plan the same returns. */
  plan: async (journal, { name, count }) => {
    for (const returnId of returnIds(count)) {
      say((await journal.effects.plan(effect({ returnId, actor: name }), at)).effectId)
    }
  },

  /** Stores events until it is killed; prints each only once it is stored. */
  store: async (journal, { name }) => {
    for (let number = 0; ; number += 1) {
      const digest = `${name}-${number}`
      await journal.events.storeMany([event({ digest, returnId: String(number), body: 'x'.repeat(2000) })])
      say(digest)
    }
  },

  /** Runs as a user who may not write to the folder. */
  stranger: async () => {},
}

function say(what: unknown): void {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}

/** On a busy machine, 20 processes at once may not get an answer within the time of one start: they start again. */
async function opened(location: string): Promise<Journal> {
  for (;;) {
    try {
      return await openJournal(location, { dataDir: '', clock })
    } catch (error) {
      if (!(error instanceof Fault && error.code === 'JOURNAL_UNREACHABLE')) throw error
    }
  }
}

async function work(task: Task): Promise<void> {
  const journal = await opened(task.location)
  await roles[task.role]?.(journal, task)
  await journal.close()
}

const [role, location = '', name = '', count = '0'] = process.argv.slice(2)
if (role === 'stranger') process.setuid?.(65_534)
say('ready')
try {
  if (role === undefined) {
    for await (const line of createInterface({ input: process.stdin })) {
      await work(JSON.parse(line))
      say('ended')
    }
  } else {
    await once(process.stdin, 'data')
    process.stdin.destroy()
    await work({ role, location, name, count: Number(count) })
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? JSON.stringify({ ...error, message: error.message }) : error}\n`)
  process.exit(1)
}
