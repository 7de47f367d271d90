/**
 * The run that is recorded: `run.ts FOLDER EFFECTS`. It prints every step that the journal has acknowledged with a
 * write of its own, so that a trace of the process shows it in its place among the journal's writes and syncs.
 */
import { writeSync } from 'node:fs'
import { openJournal } from '../../../src/journal/open-journal.ts'
import type { Report } from './report.ts'

const [folder = '', count = '0'] = process.argv.slice(2)
const merchant = 'acme'
const actor = 'ann@desk'
let now = Date.parse('2026-03-01T12:00:00Z')
const clock = { now: () => new Date(now) }
const at = () => {
  now += 1_000
  return clock.now().toISOString()
}
const limits = { refundsPerHour: 1e6, refundsPerDay: 1e6, explicit: false, firstByHand: 0, receivedAt: null }
const kinds = ['process', 'rma.create', 'flag', 'rma.update', 'note'] as const

function print(report: Report): void {
  writeSync(1, `${JSON.stringify(report)}\n`)
}

const open = () => openJournal(undefined, { dataDir: folder, clock })
let journal = await open()
print({ what: 'opened' })
for (let number = 0; number < Number(count); number += 1) {
  const returnId = String(90_000 + number)
  const kind = kinds[number % kinds.length] ?? 'note'
  const digest = `digest-${number}`
  await journal.events.storeMany([
    {
      merchant,
      source: 'loop',
      digest,
      topic: 'return.created',
      returnId,
      body: '',
      state: 'new',
      reason: null,
      receivedAt: at(),
    },
  ])
  print({ what: 'stored', digest })
  await journal.links.see(
    merchant,
    [{ returnId, customerIdentifier: returnId, orderName: `#${number}`, returnUpdatedAt: null }],
    at(),
  )
  const effect = {
    merchant,
    returnId,
    kind,
    generation: 0,
    digest,
    payload: { number, text: 'x'.repeat(number % 300) },
    actor,
  }
  const { effectId } = await journal.effects.plan(effect, at())
  print({ what: 'effect', effectId, state: 'planned' })
  if (kind === 'process') {
    const claim = await journal.effects.claimRefund(effectId, actor, at(), limits)
    if (!claim.claimed) throw new Error(claim.message)
  } else if ((await journal.effects.claim(effectId, actor, at())) === null) throw new Error('not claimed')
  // From here on, the vendor may have the request.
  print({ what: 'effect', effectId, state: 'sent' })
  const to = number % 7 === 0 ? 'in_doubt' : 'accepted'
  await journal.effects.settle(effectId, { from: ['sent'], to, evidence: 'It answered.', at: at(), actor })
  print({ what: 'effect', effectId, state: to })
  // A clean end truncates and deletes the log; the next start creates it again.
  if (number % 200 !== 199) continue
  await journal.close()
  journal = await open()
}
await journal.close()
