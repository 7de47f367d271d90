/** Row F23 of failures.md: a bug or a wrong mapping must not refund a whole account overnight. */
import assert from 'node:assert/strict'
import { exitCodes } from '../../src/core/errors/fault.ts'
import { claimNote, claimsIn } from '../../src/core/refunds/claim-note.ts'
import { createRandom } from '../../src/sandbox/random.ts'
import { exitOfResults } from '../../src/usecases/resolve/resolve-many.ts'
import { concurrentWorker, createMutex } from './calls.ts'
import { acceptance, codesOf, type Harness, hour, minute, policyOf } from './harness.ts'

async function receivedMany(at: Harness, good: number, bad = 0): Promise<{ good: string[]; bad: string[] }> {
  const ids = Array.from({ length: good + bad }, () => at.file())
  await at.sync()
  at.pass(hour)
  for (const [index, id] of ids.entries()) at.receive(id, index < good ? {} : { lines: [] })
  return { good: ids.slice(0, good), bad: ids.slice(good) }
}

const perCurrency = { JPY: '300', USD: '100' }

/** Within its limit, and over it; yen for more than the limit in dollars; and a currency that has no limit. */
async function receivedInCurrencies(at: Harness): Promise<{ within: string[]; held: string[] }> {
  const file = (currency: string, price: number) => at.file({ currency, units: [{ sku: 'CAP-RED', price }] })
  const within = [file('USD', 10_000), file('JPY', 25_000)]
  const held = [file('USD', 10_001), file('JPY', 30_001), file('EUR', 100)]
  await at.sync()
  at.pass(hour)
  for (const id of [...within, ...held]) at.receive(id)
  return { within, held }
}

describe('acceptance: limits of automatic refunds (F23)', () => {
  const open = acceptance()

  it('refunds per hour: automatic refunds stop at the limit, with a message; flags go on; the next hour goes on', async () => {
    const at = await open({ limits: { refundsPerHour: 3 } })
    const { bad } = await receivedMany(at, 10, 4)
    const results = await at.resolve('ready')
    const outcomes = results.map((result) => (result.action === 'refund' ? (codesOf(result)[0] ?? '') : result.action))
    assert.equal(outcomes.filter((code) => code === 'HOURLY_LIMIT').length, 7)
    assert.equal(exitOfResults(results, null), exitCodes.findings)
    for (const id of bad) assert.equal(at.groundTruth('return_flagged', id).length, 1)
    at.pass(10 * minute)
    await at.resolve('ready')
    assert.equal(at.paidByUs(), 3)
    for (let hours = 0; hours < 3; hours += 1) {
      at.pass(hour)
      await at.resolve('ready')
    }
    at.pass(minute)
    assert.equal(at.paidByUs(), 10)
    assert.deepEqual(await at.resolve('ready').then((all) => all.map(({ outcome }) => outcome)), ['confirmed'])
  })

  it('refunds per day, also explicitly and with --force', async () => {
    const at = await open({ limits: { refundsPerDay: 2 } })
    const { good } = await receivedMany(at, 4)
    await at.resolve('ready')
    at.pass(2 * hour)
    const [explicit] = await at.resolve(good[3] ?? '', { requested: 'refund', force: true })
    assert.deepEqual([explicit?.outcome, codesOf(explicit)[0]], ['skipped', 'DAILY_LIMIT'])
    assert.equal(at.paidByUs(), 2)
    at.pass(23 * hour)
    await at.resolve('ready')
    at.pass(minute)
    assert.equal(at.paidByUs(), 4)
  })

  it('the limit holds for three processes at once', async () => {
    const at = await open({ limits: { refundsPerHour: 4 } })
    const random = createRandom(3)
    const mutex = createMutex()
    const workers = await Promise.all(
      ['a', 'b', 'c'].map((actor) => concurrentWorker(at, mutex, { random: () => random.next(), actor })),
    )
    // The workers reach the limit in a different order each time. Each has its own returns, so they do not meet before.
    for (let hours = 1; hours <= 6; hours += 1) {
      const { good } = await receivedMany(at, 6)
      await Promise.all(workers.map(({ resolve }, own) => resolve(good.filter((_, index) => index % 3 === own))))
      assert.equal(at.groundTruth('process_accepted').length, 4 * hours)
      at.pass(61 * minute)
    }
    assert.equal(at.paidByUs(), 24)
  })

  for (const merchant of ['acme', null]) {
    it(`a pause of ${merchant ?? 'all merchants'} stops refunds, also explicit ones, and nothing else`, async () => {
      const at = await open()
      const { good, bad } = await receivedMany(at, 2, 1)
      await at.journal.refunds.pause(merchant, 'The mapping is wrong', 'eve@desk', at.clock.now().toISOString())
      const [explicit] = await at.resolve(good[0] ?? '', { requested: 'refund', force: true })
      assert.deepEqual([explicit?.outcome, codesOf(explicit)[0]], ['skipped', 'REFUNDS_PAUSED'])
      assert.match(explicit?.reasons[0]?.message ?? '', /The mapping is wrong/)
      await at.resolve('ready')
      assert.equal(at.requests('loop', 'POST', '/process').length, 0)
      assert.equal(at.groundTruth('return_flagged', bad[0]).length, 1)
      await at.journal.refunds.resume(merchant, 'eve@desk', at.clock.now().toISOString())
      await at.resolve('ready')
      at.pass(minute)
      assert.equal(at.paidByUs(), 2)
    })
  }

  it('a new merchant: the first refunds are explicit, and only those that Loop accepted count', async () => {
    const at = await open({ limits: { firstByHand: 2 } })
    const { good } = await receivedMany(at, 5)
    const [first = '', second = '', third = ''] = good
    assert.deepEqual(
      (await at.resolve('ready')).map((result) => codesOf(result)[0]),
      good.map(() => 'FIRST_BY_HAND'),
    )
    at.fault('loop.drop-next-process-request', 1)
    assert.equal((await at.resolve(first, { requested: 'refund' }))[0]?.outcome, 'in_doubt')
    assert.equal((await at.resolve(second, { requested: 'refund', wait: minute }))[0]?.outcome, 'confirmed')
    assert.ok(
      (await at.resolve('ready')).every(({ outcome }) => outcome !== 'accepted'),
      'one of two so far',
    )
    assert.equal((await at.resolve(third, { requested: 'refund', wait: minute }))[0]?.outcome, 'confirmed')
    await at.resolve('ready')
    at.pass(minute)
    assert.deepEqual(
      good.map((id) => at.paidByUs(id)),
      [0, 1, 1, 1, 1],
    )
  })

  it('a refund over the cap, or of unknown size, waits for a person who asks by name', async () => {
    const at = await open({ limits: { largestRefund: '100.00' } })
    const small = at.file({ units: [{ sku: 'CAP-RED', price: 10_000 }] })
    const large = at.file({ units: [{ sku: 'CAP-RED', price: 10_001 }] })
    const credit = at.file({ units: [{ sku: 'CAP-RED', price: 20_000 }], outcome: 'credit' })
    await at.sync()
    at.pass(hour)
    for (const id of [small, large, credit]) at.receive(id)
    await at.resolve('ready', { wait: minute })
    assert.deepEqual(
      [small, large, credit].map((id) => at.paidByUs(id)),
      [1, 0, 0],
    )
    assert.equal(codesOf((await at.show(large)).decision)[0], 'REFUND_TOO_LARGE')
    assert.equal((await at.resolve(large, { requested: 'refund', wait: minute }))[0]?.outcome, 'confirmed')
    assert.equal(at.paidByUs(large), 1)
  })

  it('limits per currency: over the one of its currency, or in a currency that has none, a refund waits for a person', async () => {
    const at = await open({ limits: { largestRefund: perCurrency } })
    const { within, held } = await receivedInCurrencies(at)
    await at.resolve('ready', { wait: minute })
    for (const id of within) assert.equal(at.paidByUs(id), 1, id)
    for (const id of held) {
      const [reason] = (await at.show(id)).decision.reasons
      assert.equal(reason?.code, 'REFUND_TOO_LARGE')
      assert.match(reason.message, /limit of JPY 300, USD 100: a person/)
      assert.equal(at.paidByUs(id), 0, id)
      assert.equal((await at.resolve(id, { requested: 'refund', wait: minute }))[0]?.outcome, 'confirmed')
      assert.equal(at.paidByUs(id), 1, id)
    }
  })

  it('limits per currency of another name of the account: the claim itself refuses what is not within them (G10)', async () => {
    const at = await open()
    const { within, held } = await receivedInCurrencies(at)
    const { journal, account, stored, clock } = at.context
    await journal.refunds.joinAccount('twin', account(), clock.now().toISOString())
    const twin = { name: 'twin', limits: policyOf({ limits: { largestRefund: perCurrency } }).limits }
    const worker = at.worker({ stored: async () => ({ ...(await stored()), limitsOf: async () => [twin] }) })
    const results = await worker.resolve([...within, ...held], { wait: minute })
    assert.deepEqual(
      results.map((result) => (result.outcome === 'confirmed' ? 'paid' : codesOf(result)[0])),
      ['paid', 'paid', 'REFUND_TOO_LARGE', 'REFUND_TOO_LARGE', 'REFUND_TOO_LARGE'],
    )
    for (const id of held) {
      // The rules allowed it: it was planned, and refused as it was claimed.
      assert.deepEqual([(await at.effects(id, 'process')).map(({ state }) => state), at.notes(id)], [['planned'], []])
      assert.equal(at.paidByUs(id), 0, id)
    }
  })

  it('returns from before the cutoff are left alone on both sides', async () => {
    const at = await open({ policy: { cutoff: '2026-11-23T00:00:00Z' } })
    const old = at.file({ createdAt: new Date('2026-11-22T23:59:59Z') })
    const young = at.file()
    const result = await at.sync()
    assert.deepEqual(
      result.skipped.map(({ returnId, reason }) => [returnId, reason]),
      [[old, 'BEFORE_CUTOFF']],
    )
    assert.deepEqual(
      result.created.map(({ returnId }) => returnId),
      [young],
    )
  })

  it('--refund against the rules is refused with the reasons (exit 6); --force pays once and is journaled with its reason (G11)', async () => {
    const at = await open()
    const { bad } = await receivedMany(at, 0, 1)
    const [id = ''] = bad
    const refused = await at.resolve(id, { requested: 'refund' })
    assert.deepEqual([refused[0]?.outcome, codesOf(refused[0])], ['refused', ['MISSING']])
    assert.equal(exitOfResults(refused, null), exitCodes.refused)
    assert.equal(at.requests('loop', 'POST').length, 0)
    const [forced] = await at.resolve(id, {
      requested: 'refund',
      force: true,
      reason: 'seen on \u001b[31mvideo',
      wait: minute,
    })
    assert.deepEqual([forced?.outcome, codesOf(forced)[0]], ['confirmed', 'FORCED'])
    await at.resolve(id, { requested: 'refund', force: true })
    assert.equal(at.paidByUs(id), 1)
    const history = (await at.show(id)).history.filter(({ what }) => what === 'forced')
    assert.deepEqual(
      history.map(({ actor }) => actor),
      ['ann@desk'],
    )
    assert.match(history[0]?.message ?? '', /^decided: refund \(FORCED, MISSING\); reason: seen on [^\u001b]*video$/)
    // Other installations read the claim: it has the same form, forced or not, and the reason comes after it.
    const notes = at.requests('loop', 'POST').filter(({ path }) => path.endsWith('/note'))
    assert.equal(notes.length, 1)
    const [note = ''] = at.notes(id)
    const [claim] = await at.journal.claims.of(id)
    const installation = await at.journal.installationId()
    assert.equal(note, `${claimNote(claim?.nonce ?? '', installation)} Why it was forced: seen on 31mvideo`)
    assert.deepEqual(claimsIn(note), [{ nonce: claim?.nonce, installation }])
  })
})
