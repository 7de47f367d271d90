/**
 * What must hold whatever happens (failures.md §2.5), checked by the stand-ins' ground truth and the bytes of the
 * journal alone, without the program's own statements.
 */
import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'

export type Evidence = {
  sandbox: Sandbox
  /** Path of the journal's file, to which no process writes meanwhile. */
  journal: string
  /** Process requests that reached Loop, by return, whatever their outcome. */
  processRequests: ReadonlyMap<string, number>
  /** Everything had time to finish: nothing may be left half done. */
  leftAlone: boolean
}

type EffectRow = { effect_id: string; return_id: string; kind: string; state: string; sent_at: string | null }
export type HistoryRow = {
  seq: number
  return_id: string
  effect_id: string | null
  kind: string | null
  what: string
  message: string
}
type EventRow = { source: string; digest: string; state: string; return_id: string | null }
type ClaimRow = { nonce: string; return_id: string; given_up_at: string | null; posted: number }
type LinkRow = { return_id: string; standing: string; reason: string | null }

export type Rows = {
  effects: EffectRow[]
  history: HistoryRow[]
  events: EventRow[]
  links: LinkRow[]
  claims: ClaimRow[]
}

/** Everything in a journal that a check may need, read without the program. */
export function rowsOf(journal: string): Rows {
  const database = new DatabaseSync(journal, { readOnly: true, timeout: 10_000 })
  const all = <Row>(sql: string) => database.prepare(sql).all() as Row[]
  try {
    return {
      effects: all('select * from effects order by seq'),
      history: all('select * from history order by seq'),
      events: all('select * from events order by seq'),
      links: all('select * from links'),
      claims: all('select * from claims'),
    }
  } finally {
    database.close()
  }
}

/** One line for each violation. */
export function violationsOf(evidence: Evidence): string[] {
  const rows = rowsOf(evidence.journal)
  return [
    ...damageOf(evidence.journal),
    ...moneyViolations(evidence, rows),
    ...claimViolations(evidence, rows),
    ...timelineViolations(evidence, rows),
    ...vendorDisagreements(evidence, rows),
    ...noteViolations(evidence),
    ...forgottenMessages(evidence, rows),
    ...illegalSteps(rows.history),
    ...(evidence.leftAlone ? looseEnds(evidence, rows) : []),
  ]
}

function damageOf(journal: string): string[] {
  const database = new DatabaseSync(journal, { readOnly: true, timeout: 10_000 })
  try {
    const findings = database.prepare('pragma integrity_check(5)').all()
    return findings.map((row) => String(row['integrity_check'])).filter((finding) => finding !== 'ok')
  } finally {
    database.close()
  }
}

function countOf({ sandbox }: Evidence, what: string, by?: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const entry of sandbox.world.groundTruth.entries) {
    if (entry.what !== what || (by !== undefined && entry.detail['by'] !== by)) continue
    counts.set(entry.returnId, (counts.get(entry.returnId) ?? 0) + 1)
  }
  return counts
}

/** At most one refund per return, only for complete receipts; and no label is bought. */
function moneyViolations(evidence: Evidence, rows: Rows): string[] {
  const paid = countOf(evidence, 'refund_paid', 'api')
  const sent = new Map(rows.effects.filter(isSent).map((row) => [`${row.return_id} ${row.kind}`, row]))
  return [
    ...[...paid].filter(([, times]) => times > 1).map(([id, times]) => `${id} was paid ${times} times`),
    ...[...evidence.processRequests]
      .filter(([, times]) => times > 1)
      .map(([id, times]) => `${id} was processed by ${times} requests`),
    ...[...paid.keys()]
      .filter((id) => !allAvailable(evidence, id))
      .map((id) => `${id} was paid without a clean receipt`),
    ...[...evidence.processRequests.keys()]
      .filter((id) => !sent.has(`${id} process`))
      .map((id) => `${id} was processed, and the journal does not know that anything was sent`),
    ...[...countOf(evidence, 'label_bought').keys()].map((id) => `${id} had a label bought`),
  ]
}

const isSent = ({ sent_at }: EffectRow) => sent_at !== null

/** The oracle: compares what Loop has with what the warehouse found, unit by unit. It shares no code with the rules. */
export function allAvailable({ sandbox }: Pick<Evidence, 'sandbox'>, returnId: string): boolean {
  const record = sandbox.loop.returns.get(Number(returnId))
  const rma = sandbox.masonhub.rmas.current(returnId)
  if (record === undefined || rma?.status !== 'received') return false
  const expected = new Map<string, number>()
  for (const { sku } of record.units) expected.set(sku, (expected.get(sku) ?? 0) + 1)
  for (const line of rma.lines) {
    if (line.notOnOriginal) return false
    for (const { disposition, quantity } of line.received ?? [{ disposition: 'unknown', quantity: 1 }]) {
      if (quantity > 0 && disposition !== 'available') return false
      expected.set(line.sku, (expected.get(line.sku) ?? 0) - quantity)
    }
  }
  return [...expected.values()].every((remaining) => remaining === 0)
}

/** Everything that a vendor did for us was claimed before: a row says that it was sent. */
function claimViolations(evidence: Evidence, rows: Rows): string[] {
  const known = new Set(rows.effects.map(({ return_id, kind }) => `${return_id} ${kind}`))
  const claimed: [what: string, kind: string, by?: string][] = [
    ['process_accepted', 'process', 'api'],
    ['return_flagged', 'flag', 'api'],
    ['rma_created', 'rma.create'],
    ['rma_updated', 'rma.update'],
    ['rma_deleted', 'rma.delete'],
  ]
  return claimed.flatMap(([what, kind, by]) =>
    [...countOf(evidence, what, by).keys()]
      .filter((id) => !known.has(`${id} ${kind}`))
      .map((id) => `${what} for ${id}, and the journal knows no ${kind}`),
  )
}

/**
 * The journal claims every note before it is written: a flag's note by its effect, a refund's claim by its nonce (G1).
 * A return has at most five claims, each nonce once, and no claim beside a refund with another nonce.
 */
function timelineViolations({ sandbox }: Evidence, { effects, claims }: Rows): string[] {
  const noted = new Set(effects.filter(({ kind }) => kind === 'note').map(({ return_id }) => return_id))
  const nonces = new Map(claims.map((claim) => [claim.nonce, claim]))
  return [...sandbox.loop.returns.values()].flatMap(({ id, notes }) => {
    const own = notes.flatMap(({ content }) => /\[mhloop-claim ([\da-f]{32}) of /.exec(content)?.[1] ?? [])
    const flagged = notes.some(({ content }) => /\[mhloop [\da-f]{8}\]/.test(content))
    const paidBy = notes.flatMap(({ content }) => /^claim: ([\da-f]{32})$/m.exec(content)?.[1] ?? [])
    return [
      ...(flagged && !noted.has(String(id)) ? [`${id} has the note of a flag, and the journal knows none`] : []),
      ...own.filter((nonce) => nonces.get(nonce)?.return_id !== String(id)).map(() => `${id} has a claim of nobody`),
      ...own.filter((nonce) => nonces.get(nonce)?.posted === 0).map(() => `${id} has a claim that was never posted`),
      ...(own.length > 5 ? [`${id} has ${own.length} claims`] : []),
      ...(own.length === new Set(own).size ? [] : [`${id} has a claim twice`]),
      ...paidBy.filter((nonce) => !own.includes(nonce)).map(() => `${id} was paid without a claim`),
      ...paidBy
        .filter((nonce) => nonces.get(nonce)?.given_up_at !== null)
        .map(() => `${id} was paid by a claim given up`),
    ]
  })
}

/** The vendors show what the journal calls confirmed. */
function vendorDisagreements(evidence: Evidence, rows: Rows): string[] {
  const { loop, masonhub } = evidence.sandbox
  const flagged = countOf(evidence, 'return_flagged')
  const paid = countOf(evidence, 'refund_paid')
  const created = countOf(evidence, 'rma_created')
  const deleted = countOf(evidence, 'rma_deleted')
  const isTrue: Record<string, (row: EffectRow) => boolean> = {
    process: ({ return_id }) => paid.has(return_id) && loop.returns.get(Number(return_id))?.state === 'closed',
    flag: ({ return_id }) => flagged.has(return_id),
    note: ({ return_id, effect_id: _ }) => (loop.returns.get(Number(return_id))?.notes.length ?? 0) > 0,
    'rma.create': ({ return_id }) => created.has(return_id),
    'rma.update': ({ return_id }) => masonhub.rmas.get(return_id) !== undefined,
    'rma.delete': ({ return_id }) => deleted.has(return_id),
  }
  return rows.effects
    .filter((row) => row.state === 'confirmed' && isTrue[row.kind]?.(row) !== true)
    .map((row) => `${row.kind} of ${row.return_id} is confirmed, and its vendor does not show it`)
}

/** At most one note per flag: each of our notes contains the tag of its flag. */
function noteViolations({ sandbox }: Evidence): string[] {
  return [...sandbox.loop.returns.values()].flatMap(({ id, notes }) => {
    const tags = notes.flatMap(({ content }) => /\[mhloop [\da-f]{8}\]/.exec(content)?.[0] ?? [])
    return tags.length === new Set(tags).size ? [] : [`${id} has the same note twice`]
  })
}

/** Topics whose messages name a return (loop.md §7.4); other messages of Loop are answered and not stored. */
const followed = new Set(['return', 'label', 'return.processing', 'restock'])

/** Every message that was answered with 200 is in the journal (F26). */
function forgottenMessages({ sandbox }: Evidence, rows: Rows): string[] {
  const stored = new Set(rows.events.map(({ source, digest }) => `${source} ${digest}`))
  return sandbox.deliveries.log
    .filter(({ tries }) => tries.some(({ status }) => status === 200))
    .flatMap(({ channel, body, about, what }) => {
      const digests = channel === 'loop.webhook' ? loopDigests(body) : masonhubDigests(body)
      return digests
        .filter((digest) => !stored.has(digest))
        .map(() => `${what} about ${about} was answered and is lost`)
    })
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

function loopDigests(body: string): string[] {
  const { topic } = JSON.parse(body) as { topic?: string }
  return topic !== undefined && followed.has(topic) ? [`loop ${sha256(body)}`] : []
}

/**
 * One event per row, identified by the message's id, its position, the RMA's number and the event word
 * (docs/assumptions.md).
 */
function masonhubDigests(body: string): string[] {
  type Message = { message_type: string; message_id: string; data: Record<string, unknown>[] }
  const messages = [JSON.parse(body)].flat() as Message[]
  return messages
    .filter(({ message_type }) => message_type === 'rmaEvent')
    .flatMap(({ message_id, data }) =>
      [data].flat().map((row, place) => {
        const word = row['event_type'] ?? row['status']
        return `masonhub ${sha256(JSON.stringify([message_id, place, row['customer_identifier'], word]))}`
      }),
    )
}

/** The steps that an effect may take, as failures.md §2.2 and design.md say. */
const legal: Record<string, readonly string[]> = {
  '': ['planned'],
  // Parked: another installation has claimed it, or five claims did not succeed (G1).
  planned: ['sent', 'abandoned', 'planned', 'parked'],
  sent: ['planned', 'accepted', 'confirmed', 'refused', 'in_doubt', 'parked'],
  accepted: ['confirmed', 'refused', 'in_doubt', 'parked'],
  in_doubt: ['confirmed', 'refused', 'parked'],
  parked: ['confirmed', 'refused'],
  abandoned: ['planned'],
  confirmed: [],
  refused: [],
}
/** Only an effect that may be written twice goes back to planned, or is confirmed before it was sent. */
const legalForOthers: Record<string, readonly string[]> = {
  ...legal,
  planned: ['sent', 'abandoned', 'confirmed', 'parked'],
  in_doubt: ['planned', 'confirmed', 'refused', 'parked'],
}

function illegalSteps(history: readonly HistoryRow[]): string[] {
  const steps = new Map<string, { kind: string; taken: string[]; last: string }>()
  for (const { effect_id, kind, what, message } of history) {
    if (effect_id === null || kind === null) continue
    const effect = steps.get(effect_id) ?? { kind, taken: [], last: '' }
    effect.taken.push(what)
    effect.last = message
    steps.set(effect_id, effect)
  }
  return [...steps].flatMap(([id, { kind, taken }]) => {
    const rules = kind === 'process' ? legal : legalForOthers
    const bad = taken.findIndex((step, index) => !(rules[taken[index - 1] ?? ''] ?? []).includes(step))
    const lost = kind === 'process' && isSentAgain(taken)
    return bad === -1 && !lost ? [] : [`${kind} ${id} went ${taken.join(' → ')}`]
  })
}

/** A refund that went from sent back to planned was surely not sent; otherwise it is never sent again. */
function isSentAgain(taken: readonly string[]): boolean {
  const sent = taken.filter((step) => step === 'sent').length
  const returned = taken.filter((step, index) => step === 'planned' && taken[index - 1] === 'sent').length
  return sent > returned + 1
}

/** Given time, every return ends resolved, flagged, parked or explained. */
function looseEnds(evidence: Evidence, rows: Rows): string[] {
  const open = ['planned', 'sent', 'accepted', 'in_doubt']
  return [
    ...rows.effects
      .filter(({ state }) => open.includes(state))
      .map(({ kind, return_id, state }) => `${kind} of ${return_id} is still ${state}`),
    ...rows.events
      .filter(({ state }) => state !== 'done')
      .map(({ source, return_id, state }) => `a message of ${source} about ${return_id} is ${state}`),
    ...[...evidence.sandbox.loop.returns.values()].flatMap(({ id }) => {
      const wrong = wrongEnd(evidence, rows, String(id))
      return wrong === null ? [] : [`${id} ${wrong}: ${caseOf(evidence, rows, String(id))}`]
    }),
  ]
}

/** A refund is parked only if something blocked it: a return that Loop has paid in full is no question for a person. */
function wrongRefund(
  { sandbox }: Evidence,
  returnId: string,
  has: (kind: string, ...states: string[]) => boolean,
): string | null {
  // An update was lost, and the warehouse received the parcel before the next one: what the RMA was built from is
  // unknown (F18, F37).
  if (has('rma.update', 'refused') && has('flag', 'confirmed', 'parked')) return null
  if (!has('process', 'confirmed', 'parked', 'refused')) return 'should be refunded'
  const record = sandbox.loop.returns.get(Number(returnId))
  const isDone = record?.state === 'closed' && sandbox.loop.refundsPaid(returnId) > 0
  return isDone && !has('process', 'confirmed') ? 'is paid and closed, and still a question for a person' : null
}

/** What is known about a return, for the person who investigates. */
function caseOf({ sandbox }: Evidence, rows: Rows, returnId: string): string {
  const { state, flagged, wasProcessed } = sandbox.loop.returns.get(Number(returnId)) ?? {}
  const link = rows.links.find(({ return_id }) => return_id === returnId)
  const groundTruth = sandbox.world.groundTruth.entries
    .filter((entry) => entry.returnId === returnId)
    .map(({ what }) => what)
  const steps = rows.history.filter(({ return_id }) => return_id === returnId).map(({ message }) => message)
  const loop = `Loop ${state}${flagged ? ' flagged' : ''}${wasProcessed ? ' processed' : ''}`
  return `${loop}; ${link?.standing} ${link?.reason}; truth: ${groundTruth.join(', ')}; history: ${steps.join(' | ')}`
}

/** What is wrong with how a return ended; null: nothing. */
function wrongEnd(evidence: Evidence, rows: Rows, returnId: string): string | null {
  const { loop, masonhub } = evidence.sandbox
  const record = loop.returns.get(Number(returnId))
  const rma = masonhub.rmas.current(returnId)
  const link = rows.links.find(({ return_id }) => return_id === returnId)
  const effects = rows.effects.filter(({ return_id }) => return_id === returnId)
  const has = (kind: string, ...states: string[]) =>
    effects.some((effect) => effect.kind === kind && states.includes(effect.state))
  if (link === undefined) return 'was never seen'
  if (record?.state === 'cancelled') return rma?.status === 'open' ? 'is cancelled, and its RMA still open' : null
  switch (rma?.status) {
    case 'received':
      if (allAvailable(evidence, returnId)) return wrongRefund(evidence, returnId, has)
      return has('flag', 'confirmed', 'parked') ? null : 'should be flagged'
    case 'open':
    case 'in-receiving':
      return null
    case 'deleted':
    case undefined:
      return link.reason === null ? 'has no RMA, and nobody says why' : null
  }
}
