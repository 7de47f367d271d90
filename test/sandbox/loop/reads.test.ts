import assert from 'node:assert/strict'
import { destinationIds } from '../../../src/sandbox/loop/register.ts'
import type { Harness } from '../harness.ts'
import { startHarness } from '../harness.ts'

const hour = 3_600_000
const day = 24 * hour

describe('Loop stand-in: versions, keys and limits (loop.md §11.1, §11.2)', () => {
  let harness: Harness
  beforeEach(async () => {
    harness = await startHarness({ faults: { 'loop.rate-limit': 5 } })
  })
  afterEach(() => harness.sandbox.stop())

  it('serves v1, 2026-07, 2026-10, latest, unstable, and no version (loop.md §14.1)', async () => {
    harness.sandbox.world.faults.set('loop.rate-limit', 0)
    const id = harness.file()
    for (const version of ['/v1', '/2026-07', '/2026-10', '/latest', '/unstable', '']) {
      const { body } = await harness.get(`/warehouse/return/details?return_id=${id}`, { version })
      assert.equal(body.id, Number(id))
    }
  })

  it('knows no other version', async () => {
    for (const version of ['/2019-01', '/2026-11', '/v2', '/latests']) {
      const { status, body } = await harness.get('/warehouse/return/list', { version })
      assert.equal(status, 404, version)
      assert.deepEqual(body, { message: 'Not Found' })
    }
  })

  it('answers a bad key with the ApiGuard body on webhooks and destinations, with a bare string elsewhere', async () => {
    const guard = { error: { code: '401', http_code: 'GEN-UNAUTHORIZED', message: 'Unauthorized.' } }
    for (const path of ['/webhooks', '/destinations']) {
      const { status, body } = await harness.get(path, { key: 'wrong' })
      assert.equal(status, 401)
      assert.deepEqual(body, guard)
    }
    const { status, body } = await harness.get('/warehouse/return/list', { key: null })
    assert.equal(status, 401)
    assert.deepEqual(body, { errors: 'Unauthorized.' })
  })

  it('answers a missing scope with 401, like a bad key', async () => {
    harness.sandbox.loop.addKey('returns-only', ['returns'])
    assert.equal((await harness.get('/warehouse/return/list', { key: 'returns-only' })).status, 200)
    assert.equal((await harness.get('/webhooks', { key: 'returns-only' })).status, 401)
    assert.equal((await harness.get('/destinations', { key: 'returns-only' })).status, 401)
    harness.sandbox.world.faults.set('loop.missing-scope-returns', 1)
    assert.equal((await harness.get('/warehouse/return/list')).status, 401)
    harness.sandbox.world.faults.set('loop.missing-scope-is-403', 1)
    assert.equal((await harness.get('/warehouse/return/list')).status, 403)
  })

  it('limits each key per minute: 429 with Retry-After and X-RateLimit-*', async () => {
    harness.sandbox.loop.addKey('second', ['returns'])
    for (let remaining = 4; remaining >= 0; remaining -= 1) {
      const { status, headers } = await harness.get('/warehouse/return/list')
      assert.equal(status, 200)
      assert.equal(headers.get('x-ratelimit-limit'), '5')
      assert.equal(headers.get('x-ratelimit-remaining'), String(remaining))
    }
    harness.clock.advance(20_000)
    const refused = await harness.get('/warehouse/return/list')
    assert.equal(refused.status, 429)
    assert.equal(refused.headers.get('retry-after'), '40')
    assert.deepEqual(refused.body, { message: 'Too Many Attempts.' })
    assert.equal((await harness.get('/warehouse/return/list', { key: 'second' })).status, 200)
    harness.clock.advance(40_000)
    assert.equal((await harness.get('/warehouse/return/list')).status, 200)
  })

  it('can do without the headers, and without the limit', async () => {
    const { faults } = harness.sandbox.world
    faults.set('loop.rate-limit-headers', 0)
    faults.set('loop.retry-after', 0)
    for (let i = 0; i < 5; i += 1) await harness.get('/destinations')
    const refused = await harness.get('/destinations')
    assert.equal(refused.status, 429)
    assert.equal(refused.headers.get('retry-after'), null)
    assert.equal(refused.headers.get('x-ratelimit-limit'), null)
    faults.set('loop.rate-limit', 0)
    assert.equal((await harness.get('/destinations')).status, 200)
  })
})

describe('Loop stand-in: the ASN report (loop.md §11.3)', () => {
  let harness: Harness
  beforeEach(async () => {
    harness = await startHarness()
  })
  afterEach(() => harness.sandbox.stop())

  it('is a bare array with a row for each unit', async () => {
    const id = harness.file({ units: [{ sku: 'A', quantity: 2 }, { sku: '' }] })
    const { body } = await harness.get('/warehouse/reporting/asn')
    assert.equal(body.length, 3)
    assert.deepEqual(
      body.map((row: { sku: string }) => row.sku),
      ['A', 'A', ''],
    )
    assert.ok(body.every((row: { id: number }) => row.id === Number(id)))
    assert.equal(new Set(body.map((row: { return_line_item_id: string }) => row.return_line_item_id)).size, 3)
    assert.equal(body[0].quantity, undefined)
    assert.equal(body[0].destination_id, String(destinationIds.masonhub))
  })

  it('holds returns of every state', async () => {
    for (const state of ['open', 'review', 'closed', 'cancelled', 'expired'] as const) harness.file({ state })
    const { body } = await harness.get('/warehouse/reporting/asn')
    const states = body.map((row: { state: string }) => row.state)
    assert.deepEqual(states.sort(), ['cancelled', 'closed', 'expired', 'open', 'review'])
  })

  it('without dates covers one week up to the end of today', async () => {
    const now = harness.clock.now().getTime()
    const inside = harness.file({ createdAt: new Date(now - 6 * day) })
    harness.file({ createdAt: new Date(now - 8 * day) })
    const { body } = await harness.get('/warehouse/reporting/asn')
    assert.deepEqual(
      body.map((row: { id: number }) => String(row.id)),
      [inside],
    )
  })

  it('takes a date it cannot read for the Unix epoch, without a word', async () => {
    const old = harness.file({ createdAt: new Date('2021-03-04T05:06:07Z') })
    const older = { version: '/2026-07' }
    const { status, body } = await harness.get('/warehouse/reporting/asn?from=2026-13-45', older)
    assert.equal(status, 200)
    assert.equal(String(body[0].id), old)
    assert.deepEqual((await harness.get('/warehouse/reporting/asn?to=tomorrow')).body, [])
  })

  it('refuses more than 120 days since 2026-10, and before that reports them (loop.md §14.1)', async () => {
    const ask = (query: string, version: string) => harness.get(`/warehouse/reporting/asn?${query}`, { version })
    const old = harness.file({ createdAt: new Date('2026-03-04T05:06:07Z') })
    for (const version of ['/2026-10', '/latest', '/unstable']) {
      for (const query of ['from=2026-07-25&to=2026-11-23', 'from=2026-13-45']) {
        const refused = await ask(query, version)
        assert.equal(refused.status, 422, `${version} ${query}`)
        assert.deepEqual(Object.keys(refused.body.errors), ['to'])
      }
      assert.equal((await ask('from=2026-07-26&to=2026-11-23', version)).status, 200)
    }
    for (const version of ['/2026-07', '/v1', '']) {
      const { body } = await ask('from=2026-01-01&to=2026-11-23', version)
      assert.deepEqual(
        body.map((row: { id: number }) => String(row.id)),
        [old],
      )
    }
  })
})

describe('Loop stand-in: the list (loop.md §11.4)', () => {
  let harness: Harness
  let now: number
  beforeEach(async () => {
    harness = await startHarness()
    now = harness.clock.now().getTime()
  })
  afterEach(() => harness.sandbox.stop())

  const ago = (milliseconds: number) => ({ createdAt: new Date(now - milliseconds) })
  const iso = (milliseconds: number) => new Date(now - milliseconds).toISOString()
  const ids = (rows: { id: string }[]) => rows.map((row) => row.id)
  const list = async (query: Record<string, string>) =>
    harness.get(`/warehouse/return/list?${new URLSearchParams(query)}`)

  it('is a bare array without paginate, an envelope with it', async () => {
    const id = harness.file()
    assert.deepEqual(ids((await list({})).body), [id])
    const { body } = await list({ paginate: 'true' })
    assert.deepEqual(Object.keys(body), ['returns', 'nextPageUrl', 'previousPageUrl'])
    assert.deepEqual(ids(body.returns), [id])
    assert.equal(body.nextPageUrl, null)
  })

  it('shows what has changed when the same is requested again', async () => {
    const id = harness.file(ago(hour))
    const same = { from: iso(day), to: iso(0), state: 'open' }
    assert.deepEqual(ids((await list(same)).body), [id])
    harness.sandbox.loop.cancel(id)
    assert.deepEqual(ids((await list(same)).body), [])
    const other = harness.file(ago(2 * hour))
    assert.deepEqual(ids((await list(same)).body), [other])
  })

  it('without dates covers 24 hours; from alone covers the 24 hours after it; to alone is ignored', async () => {
    const fresh = harness.file(ago(23 * hour))
    const older = harness.file(ago(30 * hour))
    harness.file(ago(60 * hour))
    assert.deepEqual(ids((await list({})).body), [fresh])
    assert.deepEqual(ids((await list({ from: iso(48 * hour) })).body), [older])
    assert.deepEqual(ids((await list({ to: iso(48 * hour) })).body), [fresh])
  })

  it('without a state leaves out cancelled and review; with one shows that one only', async () => {
    const visible = (['open', 'closed', 'expired'] as const).map((state) => harness.file({ state }))
    const review = harness.file({ state: 'review' })
    harness.file({ state: 'cancelled' })
    assert.deepEqual(ids((await list({})).body).sort(), visible)
    assert.deepEqual(ids((await list({ state: 'review' })).body), [review])
  })

  it('refuses more than 120 days, unreadable dates, unknown states and pages over 750 with Laravel’s 422', async () => {
    const refusals: [Record<string, string>, string][] = [
      [{ from: iso(121 * day), to: iso(0) }, 'to'],
      [{ from: 'garbage' }, 'from'],
      [{ from: iso(day), to: 'garbage' }, 'to'],
      [{ state: 'done' }, 'state'],
      [{ paginate: 'true', pageSize: '751' }, 'pageSize'],
      [{ paginate: 'true', cursor: 'nonsense' }, 'cursor'],
    ]
    for (const [query, field] of refusals) {
      const { status, body } = await list(query)
      assert.equal(status, 422, JSON.stringify(query))
      assert.equal(typeof body.message, 'string')
      assert.deepEqual(Object.keys(body.errors), [field])
    }
    assert.equal((await list({ from: iso(120 * day), to: iso(0) })).status, 200)
  })

  it('filters by updated_at when asked to', async () => {
    const id = harness.file(ago(50 * day))
    assert.deepEqual((await list({ filter: 'updated_at' })).body, [])
    harness.sandbox.loop.edit(id, { add: [{ sku: 'CAP-RED' }] })
    assert.deepEqual(ids((await list({ filter: 'updated_at' })).body), [id])
    assert.deepEqual((await list({})).body, [])
  })

  it('pages with a base64 cursor that is a second and nothing else', async () => {
    const all = [1, 2, 3, 4, 5].map((minutes) => harness.file(ago(minutes * 60_000)))
    const seen: string[] = []
    const query: Record<string, string> = { from: iso(hour), to: iso(0), paginate: 'true', pageSize: '2' }
    for (let pages = 0; pages < 3; pages += 1) {
      const { body } = await list(query)
      seen.push(...ids(body.returns))
      if (body.nextPageUrl === null) break
      const cursor = new URL(body.nextPageUrl).searchParams.get('cursor') ?? ''
      const read = JSON.parse(Buffer.from(cursor, 'base64url').toString())
      assert.deepEqual(Object.keys(read), ['created_at', '_pointsToNextItems'])
      assert.match(read.created_at, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
      query.cursor = cursor
    }
    assert.deepEqual(seen, all)
  })

  it('drops from, state and paginate from nextPageUrl unless the fault is off', async () => {
    for (const minutes of [1, 2]) harness.file(ago(minutes * 60_000))
    const query = { from: iso(hour), to: iso(0), state: 'open', filter: 'created_at', paginate: 'true', pageSize: '1' }
    const names = async () => [...new URL((await list(query)).body.nextPageUrl).searchParams.keys()].sort()
    assert.deepEqual(await names(), ['cursor', 'filter', 'pageSize', 'to'])
    harness.sandbox.world.faults.set('loop.next-link-keeps-filters', 1)
    assert.deepEqual(await names(), ['cursor', 'filter', 'from', 'pageSize', 'paginate', 'state', 'to'])
  })

  it('pages by a cursor alone: who follows nextPageUrl as it is gets every page (loop.md §14.6)', async () => {
    const all = [1, 2, 3, 4, 5].map((minutes) => harness.file(ago(minutes * 60_000)))
    const first = await list({ from: iso(hour), to: iso(0), paginate: 'true', pageSize: '2' })
    const seen = ids(first.body.returns)
    let next: string | null = first.body.nextPageUrl
    for (let pages = 0; next !== null && pages < 5; pages += 1) {
      assert.equal(new URL(next).searchParams.get('paginate'), null)
      const path = next.slice(next.indexOf('/warehouse'))
      const { body } = await harness.get(path)
      seen.push(...ids(body.returns))
      next = body.nextPageUrl
    }
    assert.deepEqual(seen, all)
  })

  it('skips rows that share a second across a page edge, or repeats them (F41)', async () => {
    const [first, second, last] = [60_000, 60_000, 120_000].map((age) => harness.file(ago(age)))
    const query: Record<string, string> = { from: iso(hour), to: iso(0), paginate: 'true', pageSize: '1' }
    const page = (await list(query)).body
    const cursor = new URL(page.nextPageUrl).searchParams.get('cursor') ?? ''
    assert.deepEqual(ids(page.returns), [first])
    assert.deepEqual(ids((await list({ ...query, cursor })).body.returns), [last], `${second} is skipped`)
    harness.sandbox.world.faults.set('loop.cursor-repeats', 1)
    assert.deepEqual(ids((await list({ ...query, cursor })).body.returns), [first])
  })

  it('writes ids as strings, money with two decimals, and calls the reason return_reason', async () => {
    harness.file({ units: [{ price: 1_905, reason: 'Too big', parentReason: 'Size', comment: null }] })
    const [row] = (await list({})).body
    for (const value of [row.id, row.order_id, row.provider_order_id, row.line_items[0].line_item_id]) {
      assert.equal(typeof value, 'string')
    }
    assert.equal(row.refund, '19.05')
    assert.equal(row.line_items[0].return_reason, 'Too big')
    assert.equal(row.line_items[0].parent_return_reason, 'Size')
    assert.equal(row.line_items[0].return_comment, 'N/A')
    assert.equal(row.line_items[0].quantity, undefined)
  })

  it('writes times in whole seconds with +00:00, and finds by them, unless switched (loop.md §14.6)', async () => {
    harness.clock.advance(1_900)
    const id = harness.file()
    const [row] = (await list({})).body
    assert.equal(row.created_at, '2026-11-23T12:00:01+00:00')
    assert.equal(row.updated_at, row.created_at)
    assert.equal(row.label_updated_at, row.created_at)
    const [unit] = (await harness.get('/warehouse/reporting/asn')).body
    assert.equal(unit.created_at, row.created_at)
    const second = { from: '2026-11-23T12:00:01.000Z', to: '2026-11-23T12:00:01.000Z' }
    assert.deepEqual(ids((await list(second)).body), [id])
    harness.sandbox.world.faults.set('loop.milliseconds', 1)
    assert.equal((await list({})).body[0].created_at, '2026-11-23T12:00:01.900Z')
    assert.deepEqual((await list(second)).body, [])
  })

  it('can spell review "needs review" (loop.md §10.10) and send numbers as ids (loop.md §10.2)', async () => {
    harness.file({ state: 'review' })
    harness.sandbox.world.faults.set('loop.needs-review-spelling', 1)
    harness.sandbox.world.faults.set('loop.numeric-list-ids', 1)
    const [row] = (await list({ state: 'review' })).body
    assert.equal(row.state, 'needs review')
    assert.equal(typeof row.id, 'number')
  })
})

describe('Loop stand-in: details (loop.md §11.5)', () => {
  let harness: Harness
  beforeEach(async () => {
    harness = await startHarness()
  })
  afterEach(() => harness.sandbox.stop())

  it('writes ids as integers and calls the reason reason', async () => {
    const id = harness.file({ units: [{ reason: 'Too big', parentReason: 'Size' }] })
    const { body } = await harness.get(`/warehouse/return/details?return_id=${id}`)
    assert.equal(body.id, Number(id))
    assert.equal(typeof body.provider_order_id, 'number')
    assert.equal(typeof body.line_items[0].line_item_id, 'number')
    assert.equal(body.line_items[0].reason, 'Too big')
    assert.equal(body.line_items[0].parent_reason, 'Size')
    assert.equal(body.line_items[0].return_reason, undefined)
    assert.match(body.created_at, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  })

  it('leaves out what is documented for the list only, unless a switch shows it (loop.md §4.3)', async () => {
    harness.sandbox.world.faults.set('loop.details-lack-list-fields', 0)
    const id = harness.file({ boxFree: { droppedOff: true, shipped: true } })
    const labelled = harness.file()
    const details = async (one: string) => (await harness.get(`/warehouse/return/details?return_id=${one}`)).body
    assert.match((await details(id)).package_reference, /^HR/)
    assert.equal((await details(labelled)).labels[0].line_items.length, 1)
    harness.sandbox.world.faults.set('loop.details-lack-list-fields', 1)
    assert.equal('condition' in (await details(id)).line_items[0], true)
    harness.sandbox.world.faults.set('loop.details-lack-list-fields', 2)
    const body = await details(id)
    assert.equal('package_reference' in body || 'return_method' in body, false)
    assert.equal('condition' in body.line_items[0] || 'disposition' in body.line_items[0], false)
    const [label] = (await details(labelled)).labels
    assert.deepEqual(Object.keys(label).sort(), ['carrier', 'rate', 'status', 'tracking_number', 'url'])
  })

  it('answers 200 with an error in it when there is none', async () => {
    const { status, body } = await harness.get('/warehouse/return/details?return_id=1')
    assert.equal(status, 200)
    assert.deepEqual(body, { error: { message: 'No return found with this ID.' } })
  })

  it('finds by Shopify order id and by order name, and shows one of several', async () => {
    const now = harness.clock.now().getTime()
    const older = harness.file({ orderName: '#1201', createdAt: new Date(now - day) })
    const newer = harness.file({ orderName: '1201' })
    const record = harness.sandbox.loop.returns.get(Number(older))
    const byOrderName = await harness.get('/warehouse/return/details?order_name=1201')
    assert.equal(String(byOrderName.body.id), newer)
    const byOrder = await harness.get(`/warehouse/return/details?order_id=${record?.providerOrderId}`)
    assert.equal(String(byOrder.body.id), newer)
  })

  it('wants exactly one of the three', async () => {
    assert.equal((await harness.get('/warehouse/return/details')).status, 422)
    assert.equal((await harness.get('/warehouse/return/details?return_id=1&order_name=2')).status, 422)
  })
})
