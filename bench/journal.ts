/**
 * `npm run bench:journal`: what the journal's steps cost on SQLite and on PostgreSQL, in milliseconds, each committed
 * to the disk. PostgreSQL is the one that the tests install, on the same disk; `MHLOOP_TEST_POSTGRES` names another.
 *
 *   -- --rounds 300  of each step; --write FILE  stores the figures as JSON
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Journal, NewEffect } from '../src/journal/journal.ts'
import { openJournal } from '../src/journal/open-journal.ts'
import { freshPlace } from '../test/postgres/server.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '300' }, write: { type: 'string' } } })
const rounds = Number(values.rounds)
const at = new Date().toISOString()
const limits = { refundsPerHour: 1e9, refundsPerDay: 1e9, explicit: false, firstByHand: 0, receivedAt: null }

const effect = (returnId: string, kind: NewEffect['kind']): NewEffect => ({
  merchant: 'acme',
  returnId,
  kind,
  generation: 0,
  digest: 'd',
  payload: { lines: 1 },
  actor: 'bench',
})

/** The steps as mhloop executes them; `round` is a number that was not used before. */
const steps: Record<string, (journal: Journal, round: number) => Promise<unknown>> = {
  'store one event (a webhook)': (journal, round) =>
    journal.events.storeMany([
      {
        merchant: 'acme',
        source: 'loop',
        digest: `e${round}`,
        topic: 'return.created',
        returnId: String(round),
        body: '',
        state: 'new',
        reason: null,
        receivedAt: at,
      },
    ]),
  'plan, claim and settle one refund': async (journal, round) => {
    const { effectId } = await journal.effects.plan(effect(String(round), 'process'), at)
    await journal.effects.claimRefund(effectId, 'bench', at, limits)
    await journal.effects.settle(effectId, { from: ['sent'], to: 'accepted', evidence: 'yes', at, actor: 'bench' })
  },
  'plan, claim and settle 30 RMAs': async (journal, round) => {
    const ids = Array.from({ length: 30 }, (_, index) => `${round}-${index}`)
    const planned = await journal.effects.planMany(
      ids.map((id) => effect(id, 'rma.create')),
      at,
    )
    const claimed = await journal.effects.claimMany(
      planned.map(({ effectId }) => effectId),
      'bench',
      at,
    )
    await journal.effects.settleMany(
      claimed.map(({ effectId }) => ({ effectId, from: ['sent'], to: 'accepted', evidence: 'yes' })),
      { at, actor: 'bench' },
    )
  },
  'take turns at a vendor': (journal) =>
    journal.permits.take('bench', { perMinute: 1e9 }, { needed: 1, ahead: 0, urgent: false }),
  'read the effects of 30 returns': (journal, round) =>
    journal.effects.find({
      merchant: 'acme',
      returnIds: Array.from({ length: 30 }, (_, index) => `${round}-${index}`),
    }),
  'look into an empty inbox': (journal) => journal.events.take('nobody', 'bench', at, 60),
}

type Row = { step: string; engine: string; p50: number; p99: number; perSecond: number }
const rows: Row[] = []

async function measure(engine: string, journal: Journal): Promise<void> {
  let round = 0
  for (const [step, work] of Object.entries(steps)) {
    const times: number[] = []
    for (let pass = 0; pass < rounds + 20; pass += 1) {
      round += 1
      const begun = performance.now()
      await work(journal, round)
      // The first passes open connections and compile code.
      if (pass >= 20) times.push(performance.now() - begun)
    }
    times.sort((one, other) => one - other)
    const quantile = (share: number) => times[Math.min(times.length - 1, Math.ceil(times.length * share) - 1)] ?? 0
    const perSecond = 1000 / (times.reduce((sum, time) => sum + time, 0) / times.length)
    rows.push({ step, engine, p50: quantile(0.5), p99: quantile(0.99), perSecond })
  }
}

const folder = await mkdtemp(join(tmpdir(), 'mhloop-bench-'))
const sqlite = await openJournal(`sqlite:${join(folder, 'journal.db')}`, { dataDir: folder })
await measure('sqlite', sqlite)
await sqlite.close()
const place = await freshPlace({ onDisk: true })
const postgres = await openJournal(place.location, { dataDir: folder })
await measure('postgres', postgres)
await postgres.close()
await place.drop()
await rm(folder, { recursive: true, force: true })

const cell = (row: Row | undefined) => (row ? `${row.p50.toFixed(2)} / ${row.p99.toFixed(2)}` : '')
process.stdout.write(`| p50 / p99 in ms | SQLite | PostgreSQL | ratio of p50 |\n|---|---|---|---|\n`)
for (const step of Object.keys(steps)) {
  const [one, other] = ['sqlite', 'postgres'].map((engine) =>
    rows.find((row) => row.step === step && row.engine === engine),
  )
  process.stdout.write(
    `| ${step} | ${cell(one)} | ${cell(other)} | ${((other?.p50 ?? 0) / (one?.p50 ?? 1)).toFixed(2)} |\n`,
  )
}
if (values.write !== undefined) {
  const setting = { cores: cpus().length, model: cpus()[0]?.model, node: process.version, rounds }
  await writeFile(values.write, `${JSON.stringify({ setting, rows }, null, 2)}\n`)
}
