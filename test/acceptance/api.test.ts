/**
 * The returns acceptance suite of masonhub.md §14.3, part API: credentials, injected faults, paging, spelling,
 * rotation.
 */
import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { exitCodes, Fault } from '../../src/core/errors/fault.ts'
import { secret } from '../../src/merchants/secrets/secret.ts'
import { createVendorClients } from '../../src/usecases/vendors/vendor-clients.ts'
import { acceptance, type Harness, hour, minute } from './harness.ts'

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  try {
    await work
  } catch (error) {
    assert.ok(error instanceof Fault, inspect(error))
    return error
  }
  return assert.fail('it should have failed')
}

describe('acceptance: API', () => {
  const open = acceptance()

  it('API-001 a wrong MasonHub token: one clear fault, one request, nothing written', async () => {
    const at = await open({ masonhubToken: 'not-the-token' })
    at.file()
    const fault = await faultOf(at.sync())
    assert.deepEqual([fault.code, fault.exit, fault.blame], ['MASONHUB_UNAUTHORIZED', exitCodes.credentials, 'input'])
    assert.match(fault.hint ?? '', /token[\s\S]*mhloop /)
    assert.equal(at.requests('masonhub').length, 1)
    assert.equal(at.sandbox.masonhub.rmas.size, 0)
  })

  it('API-001 a wrong slug (302 to a login page): a fault that says so, one request, the redirect never followed', async () => {
    const at = await open({ slug: 'nobody' })
    at.file()
    const fault = await faultOf(at.sync())
    assert.deepEqual([fault.code, fault.exit], ['MASONHUB_WRONG_SLUG', exitCodes.credentials])
    assert.match(fault.message, /slug/)
    assert.deepEqual(
      at.requests('masonhub').map(({ path }) => path),
      ['/nobody/api/v1/rmas'],
    )
  })

  it('API-001 a wrong Loop key, or one without its scope: one clear fault, one request', async () => {
    const at = await open({ loopApiKey: 'not-the-key' })
    const fault = await faultOf(at.sync())
    assert.deepEqual([fault.code, fault.exit], ['LOOP_UNAUTHORIZED', exitCodes.credentials])
    assert.match(fault.message, /scope/)
    assert.equal(at.requests('loop').length, 1)
  })

  it('API-001 credentials that die while money moves: what was sent stands, nothing more is sent, and it settles later (F45)', async () => {
    const at = await open()
    const id = at.file()
    await at.sync()
    at.pass(hour)
    at.receive(id)
    await at.resolve(id)
    at.fault('loop.unauthorized', 1)
    assert.equal((await faultOf(at.resolve(id))).code, 'LOOP_UNAUTHORIZED')
    at.fault('loop.unauthorized', 0)
    at.pass(minute)
    const [settled] = await at.resolve(id)
    assert.equal(settled?.outcome, 'confirmed')
    assert.equal(at.groundTruth('process_accepted', id).length, 1)
  })

  for (const status of ['429', '503', '500'] as const) {
    it(`API-002 reads met by ${status} now and then are repeated with backoff, and the run completes`, async () => {
      const name = `error-${status}` as const
      const at = await open({ faults: { [`masonhub.${name}`]: 0.2, [`loop.${name}`]: 0.2 }, seed: 5 })
      const ids = Array.from({ length: 3 }, () => at.file())
      await untilDone(at, ids)
      assert.ok(
        at.sandbox.requests.some((request) => request.status === Number(status)),
        'the weather was bad',
      )
      for (const id of ids) assert.equal(at.groundTruth('rma_created', id).length, 1)
      assert.equal(at.groundTruth('label_bought').length, 0)
    })
  }

  it('API-002 a vendor that stays down: a bounded number of requests, then exit 7, and nothing lost', async () => {
    const at = await open({ faults: { 'masonhub.error-503': 1 } })
    const id = at.file()
    const fault = await faultOf(at.sync())
    assert.deepEqual([fault.code, fault.exit], ['MASONHUB_SERVER_ERROR', exitCodes.vendorDown])
    assert.equal(at.requests('masonhub').length, 4)
    at.fault('masonhub.error-503', 0)
    assert.deepEqual((await at.sync()).created, [{ returnId: id, units: 1 }])
  })

  it('API-002 Loop’s 300 requests a minute: Retry-After is honoured and everything is read', async () => {
    const at = await open({ faults: { 'loop.rate-limit': 4 } })
    const ids = Array.from({ length: 25 }, () => at.file({ label: { after: 'never' } }))
    await at.sync()
    at.pass(hour)
    for (const id of ids) at.sandbox.loop.label(id, { walks: false })
    const before = at.clock.now().getTime()
    const result = await at.sync()
    assert.equal(result.created.length, 25)
    const refused = at.requests('loop').filter(({ status }) => status === 429).length
    assert.ok(refused > 0 && refused < 10, `${refused} refusals`)
    assert.ok(at.clock.now().getTime() - before >= minute, 'a minute had to pass')
  })

  it('API-002 a create met by a 500 after its work: never repeated blindly, verified, then adopted', async () => {
    const at = await open()
    const id = at.file()
    // Only the write fails: the reads are over by then.
    const { create } = at.context.masonhub.rmas
    const late = at.worker({
      masonhub: {
        ...at.context.masonhub,
        rmas: {
          ...at.context.masonhub.rmas,
          async create(...args) {
            at.fault('masonhub.error-500-after-work', 1)
            try {
              return await create(...args)
            } finally {
              at.fault('masonhub.error-500-after-work', 0)
            }
          },
        },
      },
    })
    const result = await late.sync()
    assert.deepEqual(
      result.failed.map(({ code }) => code),
      ['IN_DOUBT'],
    )
    assert.equal(at.requests('masonhub', 'POST').length, 1)
    at.pass(minute)
    assert.equal((await late.sync()).unchanged, 1)
    assert.equal(at.requests('masonhub', 'POST').length, 1)
    assert.equal(at.groundTruth('rma_created', id).length, 1)
  })

  it('API-002 a write whose answer takes too long is in doubt, verified, then adopted', async () => {
    const at = await open({ attemptTimeout: 400 })
    const id = at.file()
    const { create } = at.context.masonhub.rmas
    const late = at.worker({
      masonhub: {
        ...at.context.masonhub,
        rmas: {
          ...at.context.masonhub.rmas,
          async create(...args) {
            // The sandbox's clock does not advance, so this answer never comes.
            at.fault('masonhub.slow-ms', 15_000)
            try {
              return await create(...args)
            } finally {
              at.fault('masonhub.slow-ms', 0)
            }
          },
        },
      },
    })
    const result = await late.sync()
    assert.deepEqual(
      result.failed.map(({ code }) => code),
      ['IN_DOUBT'],
    )
    at.pass(minute)
    const again = await at.sync()
    assert.deepEqual([again.unchanged, again.failed], [1, []])
    assert.equal(at.groundTruth('rma_created', id).length, 1)
  })

  it('API-003 paging over 250 RMAs with others created between the pages: none lost, none twice (F42)', async () => {
    const at = await open()
    const lines = [
      { customer_sku_id: 'CAP-RED', quantity: 1, return_reason_code: 'other', return_inventory_status: 'qc' },
    ]
    const put = (name: string) => {
      at.sandbox.masonhub.addRmas([
        {
          customer_identifier: name,
          package_id: `1Z${name}`,
          return_type: 'rma_submitted_by_customer',
          line_items: lines,
        },
      ])
      at.pass(1000)
    }
    for (let index = 0; index < 250; index += 1) put(`other-${index}`)
    const seen: string[] = []
    const from = '2026-11-23T00:00:00Z'
    const to = '2026-11-24T00:00:00Z'
    let inserted = 0
    for await (const page of at.context.masonhub.rmas.created({ from, to })) {
      seen.push(...page.map(({ customerIdentifier }) => customerIdentifier ?? ''))
      // Between two pages, other clients file RMAs, and one RMA of the first page is deleted.
      if (inserted < 6) {
        put(`late-${inserted}`)
        await at.context.masonhub.rmas.remove([`other-${inserted}`])
        inserted += 1
        at.pass(minute)
      }
    }
    assert.equal(new Set(seen).size, seen.length, 'none twice')
    for (let index = inserted; index < 250; index += 1) assert.ok(seen.includes(`other-${index}`), `other-${index}`)
  })

  it('API-003 rows that shift at every page edge', async () => {
    const at = await open({ faults: { 'masonhub.shift-pages': 0.5, 'masonhub.repeat-rows': 0.5 }, seed: 11 })
    for (let index = 0; index < 130; index += 1) at.file()
    await at.sync()
    at.pass(minute)
    const { findings, checked } = await at.audit()
    assert.deepEqual(
      findings.filter(({ code }) => code !== 'REASON_UNMAPPED'),
      [],
    )
    assert.deepEqual(checked, { returns: 130, rmas: 130 })
  })

  it('API-004 the quirky answers of masonhub.md §3.4 and the documented ones lead to the same results', async () => {
    const answers = []
    for (const quirks of [0, 1]) {
      const at = await open({ faults: { 'masonhub.quirks': quirks, 'masonhub.shuffle-results': quirks }, seed: 9 })
      const ids = Array.from({ length: 40 }, (_, index) =>
        at.file({
          returnId: 99_000_000 + index,
          orderName: `${index}`,
          units: [{ sku: 'CAP-RED', quantity: 1 + (index % 3) }],
        }),
      )
      ids.push(at.file({ returnId: 99_900_000, units: [{ sku: 'LIMITED-DROP-7' }] }))
      const created = await at.sync()
      at.pass(hour)
      for (const id of ids.slice(0, 10)) at.sandbox.loop.edit(id, { add: [{ sku: 'TEE-BLK-M' }] })
      for (const id of ids.slice(10, 15)) at.sandbox.loop.cancel(id)
      const changed = await at.sync()
      at.pass(hour)
      for (const id of ids.slice(15, 30)) at.receive(id)
      for (const id of ids.slice(30, 40)) at.receive(id, { lines: [] })
      const resolved = await at.resolve('ready', { wait: minute })
      const overview = await at.show(ids[35] ?? '')
      const { findings } = await at.audit()
      answers.push({
        created,
        changed,
        resolved,
        receipt: overview.receipt,
        rma: overview.rma && { ...overview.rma, rmaId: null, packageId: null },
        findings,
      })
    }
    assert.equal(answers[0]?.created.created.length, 40)
    assert.deepEqual(answers[0]?.changed.updated.length, 10)
    assert.deepEqual(answers[1], answers[0])
  })

  it('API-005 token rotation: the new token works, the old one fails, and no error says either or the phrase (F58, F60)', async () => {
    const at = await open()
    const oldPhrase = 'sandbox phrase'
    const newPhrase = 'a new and very secret phrase'
    const { masonhub } = at.context
    const oldToken = at.sandbox.world.installed.masonhubToken
    const { token } = await masonhub.secrets.create(newPhrase)
    assert.notEqual(token, oldToken)
    const renewed = await connectWith(at, token)
    try {
      await renewed.masonhub.check()
      await renewed.masonhub.secrets.remove(oldPhrase)
      const refused = await faultOf(masonhub.check())
      assert.deepEqual([refused.code, refused.exit], ['MASONHUB_UNAUTHORIZED', exitCodes.credentials])
      const faults = [
        refused,
        await faultOf(masonhub.secrets.create('another phrase')),
        await faultOf(masonhub.secrets.remove(newPhrase)),
        // The second call finds nothing to remove.
        await faultOf(renewed.masonhub.secrets.remove(oldPhrase)),
        await faultOf(at.sync({ returnIds: [at.file()] })),
      ]
      const payloads = [oldToken, token].flatMap((one) => [one, one.split('.')[1] ?? one])
      for (const fault of faults) {
        const everything = inspect(fault, { depth: 20, showHidden: true }) + JSON.stringify(fault) + fault.stack
        for (const word of [...payloads, oldPhrase, newPhrase, 'another phrase']) {
          assert.ok(!everything.includes(word), `${fault.code} shows a secret`)
        }
      }
      const id = at.file()
      assert.deepEqual((await at.worker({ masonhub: renewed.masonhub }).sync({ returnIds: [id] })).created, [
        { returnId: id, units: 1 },
      ])
    } finally {
      renewed.close()
    }
  })
})

/** Clients with real connections, as a command creates them. */
async function connectWith(at: Harness, masonhubToken: string) {
  const credentials = {
    loopApiKey: secret(at.sandbox.world.installed.loopApiKey),
    masonhubToken: secret(masonhubToken),
  }
  return await createVendorClients(at.context.merchant, credentials)
}

/** Syncs again later, a few times, as an operator would after a failure. */
async function untilDone(at: Harness, ids: readonly string[]): Promise<void> {
  for (let run = 0; run < 12; run += 1) {
    try {
      const { unchanged, created } = await at.sync({ returnIds: ids })
      if (unchanged + created.length === ids.length) return
    } catch (error) {
      assert.ok(error instanceof Fault && error.exit === exitCodes.vendorDown, inspect(error))
    }
    at.pass(5 * minute)
  }
  assert.fail('it never completed')
}
