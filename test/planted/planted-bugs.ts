import { bugsAroundTheJournal } from './bugs-around-the-journal.ts'
import { bugsOfBoxes } from './bugs-of-boxes.ts'
import { bugsOfEffects } from './bugs-of-effects.ts'
import { bugsOfGrades } from './bugs-of-grades.ts'
import { bugsOfKits } from './bugs-of-kits.ts'
import { bugsOfRemovals } from './bugs-of-removals.ts'
import { bugsOnTheWay } from './bugs-on-the-way.ts'
import { bugsWithoutABox } from './bugs-without-a-box.ts'
import type { PlantedBug } from './planted-bug.ts'

/** `first`: the world that found it last, which is simulated first. */
const worlds = (count: number, first = 1) => ({ worlds: count, first })
const tests = (file: string, named?: string) => ({ tests: file, ...(named === undefined ? {} : { named }) })

/** Tests with two journals, both stand-ins, and the timeline between them. */
const timeline = (named: string) => tests('test/acceptance/claims.test.ts', named)

const noteFile = 'src/effects/note.ts'
const flagFile = 'src/effects/flag.ts'
const answerFile = 'src/effects/loop-answer.ts'
const timelineFile = 'src/effects/timeline-claim.ts'
const refundFile = 'src/effects/refund.ts'
const unsentFile = 'src/effects/unsent-refund.ts'
const claimFile = 'src/journal/effects/claim-effects.ts'
const checksFile = 'src/journal/refunds/refund-checks.ts'
const schemaFile = 'src/journal/schema/third-effects.ts'
const largestFile = 'src/core/refunds/largest-refund.ts'
const claimRules = 'src/core/refunds/claim.ts'
const verdictFile = 'src/core/refunds/verdict.ts'

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'a refund is repeated like a read',
    rows: ['F1'],
    edits: [
      {
        file: 'src/loop/returns/actions.ts',
        from: `act(returnId, 'process', 'once'`,
        to: `act(returnId, 'process', 'read'`,
      },
    ],
    caughtBy: worlds(40),
  },
  {
    name: 'every request may be repeated',
    rows: ['F1', 'F34'],
    edits: [{ file: 'src/http/retry.ts', from: `if (effect === 'once') return false`, to: '' }],
    caughtBy: worlds(40),
  },
  {
    name: 'a refund that went unanswered is sent again after a while',
    rows: ['F2', 'F9'],
    edits: [
      {
        file: refundFile,
        from: `return await loop.process(effect.returnId, details, () => isFresh() && journal.isInPlace())`,
        to: `let answer = await loop.process(effect.returnId, details, () => isFresh() && journal.isInPlace())\n    if (answer.kind === 'in_doubt') {\n      await context.sleep(20_000)\n      answer = await loop.process(effect.returnId, details)\n    }\n    return answer`,
      },
    ],
    caughtBy: worlds(60),
  },
  {
    name: 'checks, then sends: no compare-and-set',
    rows: ['F8'],
    edits: [
      {
        file: claimFile,
        from: `if (row?.state !== 'planned') return refused('NOT_PLANNED', await notPlanned(writing, row ?? requested))`,
        to: '',
      },
      {
        file: claimFile,
        from: `      .where('effect_id', '=', effectId)\n      .where('state', '=', 'planned')\n      .returningAll()`,
        to: `      .where('effect_id', '=', effectId)\n      .returningAll()`,
      },
      {
        file: schemaFile,
        from: `(new.state = 'sent' and old.state <> 'planned')`,
        to: `(new.state = 'sent' and old.state = 'confirmed')`,
      },
      {
        file: 'src/core/refunds/decide.ts',
        from: `return wait('PROCESS_PENDING', 'The refund was sent to Loop; waiting to see it done.')`,
        to: 'return null',
      },
    ],
    caughtBy: worlds(40),
  },
  {
    name: 'a refund is claimed once it was sent',
    rows: ['F7'],
    edits: [
      {
        file: refundFile,
        from: `const claim = await journal.effects.claimRefund(planned.effectId, actor, at, bounds)`,
        to: `Object.assign(resolution, { early: await context.loop.process(returnId, {}, resolution.isFresh) })\n  const claim = await journal.effects.claimRefund(planned.effectId, actor, at, bounds)`,
      },
      {
        file: refundFile,
        from: `return await loop.process(effect.returnId, details, () => isFresh() && journal.isInPlace())`,
        to: `return item.early`,
      },
    ],
    caughtBy: worlds(20),
  },
  {
    name: 'any 2xx is success',
    rows: ['F3'],
    edits: [
      {
        file: 'src/loop/returns/action-answer.ts',
        from: `status < 300 && (json === true || json === 'true')`,
        to: `status < 300`,
      },
    ],
    caughtBy: tests('test/loop/returns/actions.test.ts'),
  },
  {
    name: 'accepted is done',
    rows: ['F2', 'F6'],
    edits: [
      {
        file: answerFile,
        from: `return { to: 'accepted', evidence: 'Loop answered true.', outcome: 'accepted', reasons: [] }`,
        to: `return { to: 'confirmed', evidence: 'Loop answered true.', outcome: 'confirmed', reasons: [] }`,
      },
    ],
    caughtBy: worlds(60),
  },
  {
    name: 'an unknown answer is a refusal',
    rows: ['F3'],
    edits: [
      {
        file: answerFile,
        from: `case 'in_doubt':\n      return {\n        to: 'in_doubt',`,
        to: `case 'in_doubt':\n      return {\n        to: 'refused',`,
      },
    ],
    caughtBy: worlds(60),
  },
  {
    name: 'an old reading pays',
    rows: ['F9', 'F18'],
    edits: [
      { file: 'src/usecases/resolve/resolve.ts', from: `return age >= 0 && age <= sendWithin`, to: 'return true' },
      { file: 'src/usecases/resolve/resolve.ts', from: `return age < 0 || age >= freshFor`, to: 'return false' },
      { file: checksFile, from: `if (!lease) return null`, to: 'return null' },
    ],
    caughtBy: tests('test/acceptance/money.test.ts', 'F9'),
  },
  {
    name: 'what was asked for is read as what arrived',
    rows: ['F13'],
    edits: [
      {
        file: 'src/masonhub/wire.ts',
        from: `received: wire.receiving_details,`,
        to: `received: wire.return_inventory_status === 'available' && wire.receiving_details ? [{ disposition: 'available', quantity: wire.quantity, notes: null }] : wire.receiving_details,`,
      },
      {
        file: 'src/masonhub/wire.ts',
        from: `quantityReceived: wire.quantity_received,`,
        to: `quantityReceived: wire.quantity_received === null ? null : wire.quantity,`,
      },
    ],
    caughtBy: worlds(60),
  },
  {
    name: 'an unknown disposition is available',
    rows: ['F13', 'F16'],
    edits: [
      {
        file: 'src/masonhub/wire.ts',
        from: `key === 'qc' ? 'quality-control' : key`,
        to: `['damaged', 'short', 'quality-control'].includes(key) ? key : 'available'`,
      },
    ],
    caughtBy: worlds(60),
  },
  {
    name: 'numbers that contradict each other are believed',
    rows: ['F15'],
    edits: [{ file: verdictFile, from: `...receipt.contradictions,`, to: '' }],
    caughtBy: worlds(60),
  },
  {
    name: 'what nobody announced is overlooked',
    rows: ['F16'],
    edits: [
      {
        file: verdictFile,
        from: `...unannouncedProblems(line), ...dispositionProblems(line)`,
        to: `...dispositionProblems(line)`,
      },
      {
        file: verdictFile,
        from: `if (line.byDisposition.get('available') === line.expected) return []`,
        to: `if (line.unannounced || line.byDisposition.get('available') === line.expected) return []`,
      },
    ],
    caughtBy: worlds(60),
  },
  {
    name: 'missing units are overlooked',
    rows: ['F16', 'F17'],
    edits: [
      { file: verdictFile, from: `return count > 0 ? [`, to: `return count > 99 ? [` },
      { file: verdictFile, from: `if (received === expected ||`, to: `if (received <= expected ||` },
      {
        file: verdictFile,
        from: `if (line.byDisposition.get('available') === line.expected) return []`,
        to: 'return []',
      },
    ],
    caughtBy: worlds(40),
  },
  {
    name: 'an edit after the RMA is overlooked',
    rows: ['F18'],
    edits: [{ file: verdictFile, from: `...unitProblems(loopReturn, receipt, announced),`, to: '' }],
    caughtBy: worlds(60),
  },
  {
    name: 'one allowed part is enough for a whole outcome',
    rows: ['F19'],
    edits: [
      {
        file: 'src/core/returns/outcomes.ts',
        from: `parts.every((part) => combinations.has(part))`,
        to: `parts.some((part) => combinations.has(part))`,
      },
    ],
    caughtBy: tests('test/core/returns/outcomes.test.ts', 'allows only refund processes no credit'),
  },
  {
    name: 'an unknown part of an outcome is overlooked',
    rows: ['F19'],
    edits: [
      {
        file: 'src/core/returns/outcomes.ts',
        from: `return parts.length === words.size ? parts : null`,
        to: `return parts.length > 0 ? parts : null`,
      },
    ],
    caughtBy: tests('test/core/returns/outcomes.test.ts', 'an unknown part is flagged'),
  },
  {
    name: 'money that moved already is overlooked',
    rows: ['F19'],
    edits: [
      {
        file: 'src/core/refunds/decide.ts',
        from: `return alreadyPaid(loopReturn) ?? byOwnJob(`,
        to: `return byOwnJob(`,
      },
    ],
    caughtBy: worlds(120, 36),
  },
  {
    name: 'the pause is not looked at',
    rows: ['F23'],
    edits: [{ file: checksFile, from: `(await pauseOf(writing, row.merchant, names)) ??`, to: '' }],
    caughtBy: worlds(300, 86),
  },
  {
    name: 'the budget is read outside the transaction',
    rows: ['F23'],
    edits: [
      {
        file: refundFile,
        from: `const claim = await journal.effects.claimRefund(planned.effectId, actor, at, bounds)`,
        to: `const [hour, day] = await Promise.all([1, 24].map((hours) => journal.refunds.sentSince(merchant.name, new Date(Date.parse(at) - hours * 3600000).toISOString())))\n  const claim = hour < budget.refundsPerHour && day < budget.refundsPerDay ? await journal.effects.claimRefund(planned.effectId, actor, at, { ...bounds, refundsPerHour: 999, refundsPerDay: 999 }) : { claimed: false, code: 'HOURLY_LIMIT', message: 'full' }`,
      },
    ],
    caughtBy: tests('test/acceptance/limits.test.ts', 'three processes at once'),
  },
  {
    name: 'a journal from a backup pays at once',
    rows: ['F11'],
    edits: [{ file: checksFile, from: `(await quarantined(writing, row.merchant)) ??`, to: '' }],
    caughtBy: tests('test/journal/refunds/refunds.test.ts', 'waits in quarantine'),
  },
  {
    name: 'nobody needs to pay by hand first',
    rows: ['F23'],
    edits: [{ file: checksFile, from: `if (done >= firstByHand) return null`, to: 'return null' }],
    caughtBy: { tests: 'test/acceptance/limits.test.ts', named: 'the first refunds are explicit' },
  },
  {
    name: 'a limit per currency ignores the currency',
    rows: ['F23'],
    edits: [
      {
        file: largestFile,
        from: `return Object.hasOwn(largest, code) ? largest[code] : undefined`,
        to: `return code === '' ? undefined : Object.values(largest).at(-1)`,
      },
    ],
    caughtBy: tests('test/acceptance/limits.test.ts', 'limits per currency:'),
  },
  {
    name: 'a currency that is not listed has no limit',
    rows: ['F23'],
    edits: [
      {
        file: largestFile,
        from: `return Object.hasOwn(largest, code) ? largest[code] : undefined`,
        to: `return Object.hasOwn(largest, code) ? largest[code] : null`,
      },
    ],
    caughtBy: tests('test/acceptance/limits.test.ts', 'limits per currency:'),
  },
  {
    name: 'the claim knows limits of one amount only',
    rows: ['F23', 'G10'],
    edits: [
      {
        file: checksFile,
        from: `if (largestRefund !== null && !isWithin`,
        to: `if (typeof largestRefund === 'string' && !isWithin`,
      },
    ],
    caughtBy: tests('test/acceptance/limits.test.ts', 'limits per currency of another name'),
  },
  {
    name: 'a note is written again without looking',
    rows: ['F21'],
    edits: [
      {
        file: noteFile,
        from: `const notes = await notesOf(context, note.returnId)`,
        to: `const notes = []`,
      },
      {
        file: noteFile,
        from: `between(note.sentAt ?? note.plannedAt, requestedAt) <= settlementLimit`,
        to: 'false',
      },
    ],
    caughtBy: worlds(60),
  },
  {
    name: 'the note goes before the flag',
    rows: ['F21'],
    edits: [
      {
        file: flagFile,
        from: `send: alone((context, { item, effect }) => context.loop.flag(effect.returnId, item.isFresh)),`,
        to: `send: alone(async (context, { item, effect }) => {\n    await context.loop.addNote(effect.returnId, '[mhloop ' + effect.effectId.slice(0, 8) + ']')\n    return await context.loop.flag(effect.returnId, item.isFresh)\n  }),`,
      },
    ],
    caughtBy: worlds(20),
  },
  {
    name: 'the label flag is left out',
    rows: ['F36'],
    edits: [
      {
        file: 'src/masonhub/rmas/rma-record.ts',
        from: `    return_type: 'rma_submitted_by_customer',\n    generate_return_label: false,`,
        to: `    return_type: 'rma_submitted_by_customer',`,
      },
    ],
    caughtBy: worlds(5),
  },
  {
    name: 'an RMA under our number is ours',
    rows: ['F34'],
    edits: [
      { file: 'src/core/rmas/rma-difference.ts', from: `return !sharesSku && !sharesParcel`, to: 'return false' },
    ],
    caughtBy: worlds(120),
  },
  {
    name: 'any RMA under its number confirms a create',
    rows: ['F34'],
    edits: [
      {
        file: 'src/effects/own-rmas.ts',
        from: `return liveRmas(rmas).some((rma) => isAsSent(rma, sent))`,
        to: 'return liveRmas(rmas).length > 0',
      },
    ],
    caughtBy: tests('test/acceptance/sync-in-doubt.test.ts', 'F34'),
  },
  {
    name: 'already taken (301) means written',
    rows: ['F34'],
    edits: [
      {
        file: 'src/usecases/sync/write-rmas.ts',
        from: `const adopted = taken.length === 0 ? [] : await adopt(context, taken, options)`,
        to: `const adopted = taken.map(({ item }) => ({ kind: 'written', item: item.write }))`,
      },
    ],
    caughtBy: tests('test/acceptance/sync.test.ts', 'F34'),
  },
  {
    name: 'a record without a result was written',
    rows: ['F32'],
    edits: [
      { file: 'src/masonhub/requests/bulk.ts', from: `  if (rows.length === 0)\n`, to: `  if (rows.length < 0)\n` },
    ],
    caughtBy: tests('test/masonhub/requests/bulk.test.ts'),
  },
  {
    name: 'any word but failure is success',
    rows: ['F32'],
    edits: [
      {
        file: 'src/masonhub/requests/bulk.ts',
        from: `row.status.trim().toLowerCase() === 'success'`,
        to: `row.status.trim().toLowerCase() !== 'failure'`,
      },
    ],
    caughtBy: tests('test/masonhub/requests/bulk.test.ts'),
  },
  {
    name: 'the cursor excludes its edge',
    rows: ['F40'],
    edits: [
      { file: 'src/usecases/sync/observe-window.ts', from: `const overlap = 30 * 60_000`, to: `const overlap = -1` },
    ],
    caughtBy: tests('test/acceptance/cursor.test.ts', 'F40'),
  },
  {
    name: 'the cursor moves before its page is stored',
    rows: ['F40'],
    edits: [
      {
        file: 'src/usecases/sync/sync.ts',
        from: `    if (page.listed) noteNewest(run, page.returns)\n`,
        to: `    if (page.listed) noteNewest(run, page.returns)\n    if (run.result.window !== null) await advanceCursor(run.context, run.newest)\n`,
      },
    ],
    caughtBy: tests('test/acceptance/cursor.test.ts'),
  },
  {
    name: 'only open returns are listed',
    rows: ['F41', 'F38'],
    edits: [
      {
        file: 'src/loop/returns/returns-list.ts',
        from: `['open', 'review', 'closed', 'cancelled', 'expired']`,
        to: `['open', 'closed', 'expired']`,
      },
    ],
    caughtBy: tests('test/acceptance/cursor.test.ts', 'F41'),
  },
  {
    name: 'a message is acknowledged before it is stored',
    rows: ['F26'],
    edits: [
      {
        file: 'src/receiver/messages/take-message.ts',
        from: `const committed = await commit.add(events)`,
        to: `void commit.add(events)\n  const committed = { stored: true, isNew: events.map(() => true) }`,
      },
    ],
    caughtBy: worlds(60),
  },
  {
    name: 'a message is done before its work',
    rows: ['F27'],
    edits: [
      {
        file: 'src/usecases/serve/inbox.ts',
        from: `        const worked = await workOnReturns(context, some, options)\n`,
        to: `        const events = some.flatMap((returnId) => byReturn.get(returnId) ?? [])\n        await settle(context, events, { state: 'done', reason: null, drained })\n        const worked = await workOnReturns(context, some, options)\n`,
      },
    ],
    caughtBy: worlds(60),
  },
  {
    name: 'any signature will do',
    rows: ['F49'],
    edits: [{ file: 'src/loop/signature.ts', from: `let matches = false`, to: `let matches = true` }],
    caughtBy: worlds(60),
  },
  {
    name: 'any callback token will do',
    rows: ['F51'],
    edits: [
      {
        file: 'src/receiver/endpoints.ts',
        from: `  let matches = false\n  for (const token of tokens)`,
        to: `  let matches = true\n  for (const token of tokens)`,
      },
    ],
    caughtBy: worlds(60),
  },
  {
    name: 'a callback is believed',
    rows: ['F51'],
    edits: [
      {
        file: 'src/masonhub/rmas/rma-event.ts',
        from: `  const rma = readRma(isRma ? row : row.details)\n`,
        to: `  const rma = readRma(isRma ? row : row.details)\n  globalThis.heard ??= new Map()\n  if (rma?.status === 'received') globalThis.heard.set(rma.customerIdentifier, rma)\n`,
      },
      {
        file: 'src/masonhub/rmas/rmas.ts',
        from: `return Map.groupBy(rmas, (rma) => rma.customerIdentifier ?? '')`,
        to: `return Map.groupBy(rmas.map((rma) => ({ ...rma, ...(globalThis.heard?.get(rma.customerIdentifier) ?? {}) })), (rma) => rma.customerIdentifier ?? '')`,
      },
    ],
    caughtBy: worlds(120),
  },
  {
    name: 'nobody looks for receipts that were not called back',
    rows: ['F29'],
    edits: [
      {
        file: 'src/usecases/serve/jobs.ts',
        from: `return rma === undefined || rma.status === 'received'`,
        to: `return rma === undefined`,
      },
      {
        file: 'src/usecases/serve/jobs.ts',
        from: `await oneAfterOther(context, [sync, () => workOnReady(context, options)])`,
        to: `await oneAfterOther(context, [sync])`,
      },
    ],
    caughtBy: worlds(40),
  },
  {
    name: 'a return that can’t be read counts as an outage',
    rows: ['F47'],
    edits: [
      {
        file: 'src/usecases/returns/one-by-one.ts',
        from: `(isAboutOne(error) || !isOutage(error))`,
        to: `!isOutage(error)`,
      },
    ],
    caughtBy: tests('test/acceptance/serve-unreadable.test.ts', 'a poll resolves the others'),
  },
  {
    name: 'a maintenance page uses up the tries of every message',
    rows: ['F45', 'H27'],
    edits: [
      {
        file: 'src/usecases/returns/one-by-one.ts',
        from: `    if (!(await isReadable(context, other))) continue\n`,
        to: '',
      },
    ],
    caughtBy: tests('test/acceptance/serve-trouble.test.ts', 'loop.html'),
  },
  {
    name: 'a report that fails keeps the returns of the list from their RMAs',
    rows: ['F43', 'F47'],
    edits: [
      {
        file: 'src/usecases/sync/sync.ts',
        from: `  if (!isOver(run, failures)) await chunk(run, [...waiting.values()])\n`,
        to: `  for (const failure of failures) throw failure\n  await chunk(run, [...waiting.values()])\n`,
      },
    ],
    caughtBy: tests('test/acceptance/cursor.test.ts', 'at loop.asn'),
  },
  {
    name: 'half synced: a power cut forgets what was sent',
    rows: ['F10'],
    edits: [
      {
        file: 'src/journal/sqlite/open-sqlite.ts',
        from: `pragma synchronous = full`,
        to: `pragma synchronous = normal`,
      },
      { file: 'src/journal/sqlite/condition.ts', from: `synchronous: '2',`, to: `synchronous: '1',` },
    ],
    caughtBy: tests('test/journal/open.test.ts', 'F10'),
  },
  {
    name: 'a refund goes over a kept connection',
    rows: ['F1'],
    edits: [
      { file: 'src/http/create-transport.ts', from: `request.effect === 'once' ? fresh(proxy) : shared`, to: 'shared' },
    ],
    caughtBy: tests('test/http/transport.test.ts', 'fresh connection'),
  },
  {
    name: 'long numbers lose their digits',
    rows: ['F31'],
    edits: [{ file: 'src/http/json.ts', from: `return exact ? value : context.source`, to: 'return value' }],
    caughtBy: tests('test/http/json.test.ts'),
  },
  // Bugs that the simulation once found in mhloop itself.
  {
    name: 'accepted and closed is paid, whatever Loop says of the money',
    rows: ['F4', 'F6'],
    edits: [
      {
        file: 'src/core/refunds/settlement.ts',
        from: `sent.state === 'accepted' && !deniesRefund(loopReturn)`,
        to: `sent.state === 'accepted'`,
      },
    ],
    caughtBy: tests('test/core/refunds/settlement.test.ts', 'no money has moved'),
  },
  {
    name: 'the note of a flag before the receipt is forgotten',
    rows: ['F21'],
    edits: [
      {
        file: 'src/usecases/serve/work-on-returns.ts',
        from: `received.includes(seen) || seen.effects.some(isUnwritten)`,
        to: `received.includes(seen)`,
      },
    ],
    caughtBy: worlds(200),
  },
  {
    name: 'the doubtful note of an earlier flag is asked after for ever',
    rows: ['F21'],
    edits: [
      {
        file: noteFile,
        from: `other.state === 'planned' ? other : await settleNote(context, other, tag)`,
        to: `other`,
      },
    ],
    caughtBy: tests('test/acceptance/flags.test.ts', 'a note in doubt is still settled'),
  },
  {
    name: 'the note of a flag that was refused stays planned',
    rows: ['F21'],
    edits: [{ file: noteFile, from: `else await giveUpNotes(context, effects)`, to: '' }],
    caughtBy: tests('test/acceptance/flags.test.ts', 'came to nothing is given up'),
  },
  {
    name: 'an old note is written without a look',
    rows: ['F11', 'F21'],
    edits: [
      {
        file: noteFile,
        from: `flag.sentAt !== null && between(flag.sentAt, nowOf(context)) < lately`,
        to: `true`,
      },
    ],
    caughtBy: tests('test/acceptance/refund-quarantine.test.ts', 'no second note'),
  },
  {
    name: 'a list of notes counts as of when its answer is read',
    rows: ['F9', 'F21'],
    edits: [
      {
        file: noteFile,
        from: `between(note.sentAt ?? note.plannedAt, requestedAt) <= settlementLimit`,
        to: `between(note.sentAt ?? note.plannedAt, nowOf(context)) <= settlementLimit`,
      },
    ],
    caughtBy: tests('test/acceptance/flags.test.ts', 'F9 frozen while'),
  },
  {
    name: 'a note waits as long as the refund after its flag does',
    rows: ['F21'],
    edits: [
      {
        file: 'src/usecases/resolve/resolve.ts',
        from: `if (!isOnItsWay) await finishNotes`,
        to: 'if (false) await finishNotes',
      },
    ],
    caughtBy: tests('test/acceptance/flags.test.ts', 'a note that a crash left unwritten'),
  },
  {
    name: 'a process that was frozen writes its note late',
    rows: ['F9', 'F21'],
    edits: [
      {
        file: noteFile,
        from: `addNote(effect.returnId, item, () => isMine(context, effect))`,
        to: `addNote(effect.returnId, item)`,
      },
    ],
    caughtBy: tests('test/acceptance/flags.test.ts', 'F9 frozen right before'),
  },
  {
    name: 'a flag that was never sent keeps its note waiting',
    rows: ['F21'],
    edits: [
      {
        file: 'src/usecases/resolve/resolve.ts',
        from: `(kind === 'flag' && decision.action !== 'flag')`,
        to: 'false',
      },
    ],
    caughtBy: tests('test/acceptance/note-races.test.ts', 'then never left'),
  },
  {
    name: 'what was read of one try settles the next',
    rows: ['F9', 'F21'],
    edits: [
      {
        file: 'src/journal/effects/settle-effects.ts',
        from: `if (change.attempts !== undefined && change.attempts !== row.attempts) return []`,
        to: '',
      },
    ],
    caughtBy: tests('test/acceptance/note-races.test.ts', 'not tried a third time'),
  },
  {
    name: 'a note is settled by a list from before its last try',
    rows: ['F9', 'F21'],
    edits: [
      {
        file: noteFile,
        from: `to === 'confirmed' ? {} : { attempts: note.attempts }`,
        to: '{}',
      },
      {
        file: 'src/effects/run.ts',
        from: `recorded.to === 'confirmed' ? {} : { attempts: one.effect.attempts }`,
        to: '{}',
      },
    ],
    caughtBy: tests('test/acceptance/note-races.test.ts', 'not tried a third time'),
  },
  {
    name: 'a flag is called in vain by a reading from before its last try',
    rows: ['F9', 'F21'],
    edits: [
      {
        file: 'src/effects/settle.ts',
        from: `attempts: effect.attempts, at,`,
        to: `at,`,
      },
    ],
    caughtBy: tests('test/acceptance/note-races.test.ts', 'is not called failed'),
  },
  {
    name: 'what a restored journal may have forgotten is asked for again',
    rows: ['F11'],
    edits: [
      {
        file: 'src/usecases/refunds/end-refund-quarantine.ts',
        from: `result.quarantine.forgets ? observations.filter(mayBeRequested) : []`,
        to: `[] as ReturnObservation[]`,
      },
    ],
    caughtBy: tests('test/acceptance/refund-quarantine.test.ts', 'in any way'),
  },
  {
    name: 'what a list skipped after a restore is paid all the same',
    rows: ['F11', 'F40'],
    edits: [{ file: checksFile, from: `    (await maybeSent(writing, row.merchant, limits)) ??\n`, to: '' }],
    caughtBy: tests('test/acceptance/refund-quarantine.test.ts', 'no list showed'),
  },
  {
    name: 'what only the report shows loses its destination',
    rows: ['F41'],
    edits: [
      {
        file: 'src/usecases/sync/observe-window.ts',
        from: `({ ...one, ...destinations.get(one.returnId) })`,
        to: `one`,
      },
    ],
    caughtBy: tests('test/acceptance/sync.test.ts', 'only the report contains'),
  },
  {
    name: 'a refund goes out once its claim is posted, whether it shows or not',
    rows: ['G1'],
    edits: [
      {
        file: timelineFile,
        from: `return await readUntilSeen(context, refund, givenUp)`,
        to: `return answer.kind === 'accepted' ? { kind: 'won', refund } : await readUntilSeen(context, refund, givenUp)`,
      },
    ],
    caughtBy: timeline('an empty journal'),
  },
  {
    name: 'a timeline that can’t be read, or shows nothing, is nobody’s',
    rows: ['G1'],
    edits: [
      {
        file: claimRules,
        from: `if (settling || due === undefined) return { kind: 'unseen' }`,
        to: `if (settling || due === undefined) return { kind: 'won' }`,
      },
    ],
    caughtBy: timeline('notes that show too late'),
  },
  {
    name: 'the newest claim wins',
    rows: ['G1'],
    edits: [
      {
        file: claimRules,
        from: `const blocked = notes.map(`,
        to: `const blocked = notes.slice(nonce === null ? 0 : notes.findIndex(({ content }) => speaksOf(content, nonce)) + 1).map(`,
      },
    ],
    caughtBy: timeline('an empty journal'),
  },
  {
    name: 'the claim with the lowest id wins',
    rows: ['G1'],
    edits: [
      {
        file: claimRules,
        from: `const blocked = notes.map((note) => blockerOf(note, nonce, givenUp)).find((by) => by !== null)`,
        to: `const own = nonce === null ? undefined : notes.find(({ content }) => speaksOf(content, nonce))\n  const blocked = notes\n    .filter(({ noteId }) => own === undefined || Number(noteId) < Number(own.noteId))\n    .map((note) => blockerOf(note, nonce, givenUp))\n    .find((by) => by !== null)`,
      },
    ],
    caughtBy: tests('test/core/refunds/claim.test.ts', 'beside another claim'),
  },
  {
    name: 'what carries our installation id is taken for ours',
    rows: ['G1'],
    edits: [
      {
        file: refundFile,
        from: `const by = blockerIn(notes, null, new Set(own.map(({ nonce }) => nonce)))`,
        to: `const by = blockerIn(notes, null, new Set(own.map(({ nonce }) => nonce)))\n      if (by?.installation === (await context.journal.installationId())) return null`,
      },
      {
        file: timelineFile,
        from: `      case 'lost':\n`,
        to: `      case 'lost':\n        if (step.by.installation === (await context.journal.installationId())) return { kind: 'won', refund }\n`,
      },
    ],
    caughtBy: timeline('a silent copy'),
  },
  {
    name: 'the nonce is the effect’s, and so a copy’s as well',
    rows: ['G1'],
    edits: [
      {
        file: 'src/journal/refunds/claims.ts',
        from: `randomBytes(16).toString('hex')`,
        to: `randomBytes(16).fill(7).toString('hex')`,
      },
    ],
    caughtBy: timeline('a silent copy|it was given up'),
  },
  {
    name: 'a claim is given up apart from its refund',
    rows: ['G1'],
    edits: [
      {
        file: unsentFile,
        from: `const surrender = await journal.claims.giveUp(nonce, { ...how, at: nowOf({ clock }), actor })`,
        to: `await journal.history.append([])\n  const end = { from: ['sent'], to: 'planned', evidence: how.evidence, at: nowOf({ clock }), actor }\n  const surrender = how.park ? await journal.claims.giveUp(nonce, { ...how, at: nowOf({ clock }), actor }) : await journal.effects.settle(effectId, end)`,
      },
    ],
    caughtBy: timeline('given up whole'),
  },
  {
    name: 'the wait for others’ claims counts from the posting',
    rows: ['G1'],
    edits: [
      {
        file: claimRules,
        from: `return settle <= 0 || settling ? { kind: 'won' }`,
        to: `return settle <= (readsAt[reads - 1] ?? 0) + 10_000 || settling ? { kind: 'won' }`,
      },
    ],
    caughtBy: timeline('may wait once its claim shows'),
  },
  {
    name: 'a claim that can’t be read counts for nobody',
    rows: ['G1'],
    edits: [
      {
        file: claimRules,
        from: `if (claim.nonce === null) return { kind: 'illegible claim', note, installation }`,
        to: `if (claim.nonce === null) continue`,
      },
    ],
    caughtBy: timeline('can’t be read is somebody’s'),
  },
  {
    name: 'a claim is read only as it was written',
    rows: ['G1'],
    edits: [
      {
        file: 'src/core/refunds/claim-note.ts',
        from: `const bare = plain(content).replace(/[^a-z0-9]/g, '')`,
        to: `const bare = content.includes('[mhloop-claim ') ? plain(content).replace(/[^a-z0-9]/g, '') : ''`,
      },
    ],
    caughtBy: timeline('can’t be read is somebody’s'),
  },
  {
    name: 'a refund that another mhloop has sent is not looked for',
    rows: ['G1', 'F12'],
    edits: [{ file: claimRules, from: `if (!isProcessMark(note.content)) return null`, to: `return null` }],
    caughtBy: timeline('an older mhloop'),
  },
  {
    name: 'the loser’s refund stays sent',
    rows: ['G1'],
    edits: [
      {
        file: unsentFile,
        from: `const surrender = await journal.claims.giveUp(nonce, { ...how, at: nowOf({ clock }), actor })`,
        to: `const end = { from: ['sent'], to: 'parked', ...how.park, at: nowOf({ clock }), actor }\n  const surrender = how.park ? await journal.effects.settle(effectId, end) : await journal.claims.giveUp(nonce, { ...how, at: nowOf({ clock }), actor })`,
      },
    ],
    caughtBy: timeline('in its own words'),
  },
  {
    name: 'the loser’s refund is confirmed by what the winner paid',
    rows: ['G1'],
    edits: [
      {
        file: 'src/core/refunds/settlement.ts',
        from: `if (sent.unsent === true) return settleUnsent(loopReturn)`,
        to: '',
      },
    ],
    caughtBy: timeline('in its own words'),
  },
  {
    name: 'what a run left that died before its claim showed is confirmed by what another paid',
    rows: ['G1'],
    edits: [
      {
        file: 'src/core/refunds/settlement.ts',
        from: `if (sent.unseen === true && sent.state === 'sent') return late ? settleUnseen(loopReturn) : { to: 'wait' }`,
        to: '',
      },
    ],
    caughtBy: timeline('of a killed run'),
  },
  {
    name: 'a refund whose claim was seen is settled as not sent',
    rows: ['G1'],
    edits: [{ file: 'src/journal/refunds/unseen-claims.ts', from: `.where('seen_at', 'is', null)`, to: '' }],
    caughtBy: timeline('once its claim was seen'),
  },
  {
    name: 'a frozen run goes on with a refund that was settled as not sent',
    rows: ['G1', 'F9'],
    edits: [
      {
        file: 'src/journal/refunds/claims.ts',
        from: `return effect?.state === 'sent' ? effect : null`,
        to: 'return effect ?? null',
      },
    ],
    caughtBy: timeline('only frozen'),
  },
  {
    name: 'a restored journal knows for sure that a claim was never seen',
    rows: ['G1', 'F11'],
    edits: [{ file: 'src/journal/refunds/unseen-claims.ts', from: `held('quarantines.merchant', '=', ''),`, to: '' }],
    caughtBy: tests('test/acceptance/refund-quarantine.test.ts', 'G1 has forgotten'),
  },
  {
    name: 'nobody looks again whether the reading is fresh once the claim shows',
    rows: ['G1', 'F9'],
    edits: [
      {
        file: refundFile,
        from: `if (!isFresh()) return await giveUp(context, refund, { posted: true, ...tooOld })\n  const [answered]`,
        to: 'const [answered]',
      },
      {
        file: refundFile,
        from: `return await loop.process(effect.returnId, details, () => isFresh() && journal.isInPlace())`,
        to: `return await loop.process(effect.returnId, details)`,
      },
    ],
    caughtBy: timeline('frozen while it looks'),
  },
  {
    name: 'a claim is posted before pauses and limits are asked',
    rows: ['G1', 'F23'],
    edits: [
      {
        file: refundFile,
        from: `const claim = await journal.effects.claimRefund(planned.effectId, actor, at, bounds)`,
        to: `const { claimNote } = await import('../core/refunds/claim-note.ts')\n  await context.loop.addNote(returnId, claimNote('0'.repeat(32), await journal.installationId()))\n  const claim = await journal.effects.claimRefund(planned.effectId, actor, at, bounds)`,
      },
    ],
    caughtBy: timeline('come before the claim'),
  },
  {
    name: 'a pause that comes during the claim is not heeded',
    rows: ['G1', 'F23'],
    edits: [
      {
        file: checksFile,
        from: `(await pauseOf(writing, merchant, names)) ??\n    policyChanged(merchant, limits)`,
        to: `policyChanged(merchant, limits)`,
      },
    ],
    caughtBy: timeline('a pause that comes while'),
  },
  {
    name: 'a timeline that can’t be read gets a note a minute',
    rows: ['G1'],
    edits: [
      { file: claimRules, from: `if (posted.length >= mostClaims) return`, to: `if (posted.length >= 1e9) return` },
      {
        file: claimRules,
        from: `return isDue ? { kind: 'claim', readsFirst: true }`,
        to: `return isDue || true ? { kind: 'claim', readsFirst: false }`,
      },
    ],
    caughtBy: timeline('for hours'),
  },
  {
    name: 'wrapped notes are no notes',
    rows: ['G1'],
    edits: [
      {
        file: 'src/loop/returns/notes.ts',
        from: `(Array.isArray(notes) ? notes : notes.notes)`,
        to: `(Array.isArray(notes) ? notes : [])`,
      },
    ],
    caughtBy: timeline('notes that show late'),
  },
  ...bugsAroundTheJournal,
  ...bugsOfEffects,
  ...bugsOfRemovals,
  ...bugsOfBoxes,
  ...bugsOnTheWay,
  ...bugsOfGrades,
  ...bugsOfKits,
  ...bugsWithoutABox,
]
