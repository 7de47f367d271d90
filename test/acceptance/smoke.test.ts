/**
 * `mhloop smoke` with both stand-ins: complete, broken at each step, interrupted at each step, and what it must never
 * do.
 */
import assert from 'node:assert/strict'
import { exitCodes, Fault } from '../../src/core/errors/fault.ts'
import { isSmokeIdentifier, type SmokeKind } from '../../src/core/rmas/smoke-rma.ts'
import { endpointPaths } from '../../src/receiver/endpoint-paths.ts'
import { readMasonHubEvents } from '../../src/receiver/messages/read-masonhub-event.ts'
import type { MerchantContext } from '../../src/usecases/merchant-context.ts'
import type { ReceiveEvent } from '../../src/usecases/smoke/loop-return.ts'
import { cleanSmoke, type SmokeResult, smoke } from '../../src/usecases/smoke/smoke.ts'
import type { SmokeRequest } from '../../src/usecases/smoke/smoke-request.ts'
import { assertComplete } from '../e2e/shell-lines.ts'
import { acceptance, type Harness, hour, minute } from './harness.ts'

const key = 'k'.repeat(43)
const request: SmokeRequest = {
  skus: [],
  loopReturn: null,
  keep: false,
  receiverKey: async () => null,
  random: '3f9c1a',
}

/** Runs it; calls `during` at the beginning of each step. */
async function run(
  at: Harness,
  changes: Partial<SmokeRequest> = {},
  during: (step: string) => unknown = () => undefined,
  context: Partial<MerchantContext> = {},
): Promise<SmokeResult> {
  const progress: MerchantContext['progress'] = ({ label }) => void during(label)
  const result = await smoke({ ...at.context, progress, ...context }, { ...request, ...changes })
  for (const { remedy } of result.checks) await assertComplete(remedy ?? '', at.context.merchant.name)
  return result
}

function summarise({ checks }: SmokeResult): string {
  return checks.map(({ code, status, message }) => `${status} ${code}: ${message}`).join('\n')
}

function statusesOf({ checks }: SmokeResult): Record<string, string> {
  return Object.fromEntries(checks.map(({ code, status }) => [code, status]))
}

/** MasonHub's test RMAs in the order of creation, including deleted ones. */
function testRmas(at: Harness): { customerIdentifier: string; status: string | undefined }[] {
  return [...at.sandbox.masonhub.rmas.all()].flatMap(({ customerIdentifier, states }) =>
    isSmokeIdentifier(customerIdentifier ?? '')
      ? [{ customerIdentifier: customerIdentifier ?? '', status: states.at(-1)?.status }]
      : [],
  )
}

function ofMasonHub(at: Harness, status: string): string[] {
  return testRmas(at).flatMap((one) => (one.status === status ? [one.customerIdentifier] : []))
}

/** The id of the test RMA that a run creates for this purpose. */
function idOf(at: Harness, kind: SmokeKind): string {
  const found = testRmas(at).find(({ customerIdentifier }) => customerIdentifier.endsWith(`-${kind}`))
  return found?.customerIdentifier ?? assert.fail(`no test RMA for ${kind}`)
}

/** What a run must never do, however it ends. */
function assertHarmless(at: Harness): void {
  assert.equal(at.groundTruth('label_bought').length, 0)
  assert.equal(at.groundTruth('refund_paid').length, 0)
  assert.deepEqual(
    at.requests('loop').filter(({ method }) => method !== 'GET'),
    [],
  )
}

describe('acceptance: smoke', () => {
  const open = acceptance()

  it('goes through every step, only reads Loop, buys no label, and leaves only what the dock has received', async () => {
    const at = await open()
    at.file({ units: [{ sku: 'TEE-BLK-M' }, { sku: 'CAP-RED' }] })
    const result = await run(at)
    const statuses = statusesOf(result)
    assert.equal(statuses['callbacks.received'], 'skipped')
    delete statuses['callbacks.received']
    assert.deepEqual(new Set(Object.values(statuses)), new Set(['ok']), summarise(result))
    assert.equal(result.exit, 0)
    assert.equal(result.checks.length, 21)
    assertHarmless(at)
    assert.deepEqual(ofMasonHub(at, 'open'), [])
    assert.deepEqual(ofMasonHub(at, 'received').toSorted(), result.left.map((one) => one.customerIdentifier).toSorted())
    assert.equal(result.left.length, 3)
    assert.match(summarise(result), /Test RMAs use (TEE-BLK-M and CAP-RED|CAP-RED and TEE-BLK-M)/)
  })

  it('journals every write, and leaves none of them unsettled', async () => {
    const at = await open()
    at.file()
    await run(at)
    const effects = await at.journal.effects.find({ merchant: at.context.merchant.name })
    const kinds = effects.map(({ kind }) => kind)
    assert.deepEqual(kinds.filter((kind) => kind === 'rma.create').length, 4)
    assert.deepEqual(kinds.filter((kind) => kind === 'rma.update').length, 4)
    assert.deepEqual(kinds.filter((kind) => kind === 'rma.delete').length, 1)
    assert.deepEqual(new Set(effects.map(({ state }) => state)), new Set(['confirmed']))
    const writes = at.requests('masonhub').filter(({ method }) => method !== 'GET')
    assert.equal(writes.filter(({ path }) => path.endsWith('/rmas')).length, 3)
    const [full = ''] = ofMasonHub(at, 'received').filter((id) => id.endsWith('-full'))
    const history = await at.journal.history.of(at.context.merchant.name, full)
    const played = history.filter(({ what }) => what === 'data-factory').map(({ message }) => message.split(' ').at(-1))
    assert.deepEqual(played, ['tendered', 'inTransit', 'delivered', 'receivingStarted', 'receiveFull'])
  })

  it('disturbs neither a sync nor an audit, whether it ended or was killed', async () => {
    const at = await open()
    at.file()
    await run(at)
    await run(at, { keep: true, random: 'aaaaaa' }, (step) => {
      if (step === 'rma.delete') throw new Error('killed')
    }).catch(() => undefined)
    at.pass(hour)
    const before = at.requests('loop').length
    await at.sync()
    const seenRequests = at
      .requests('loop')
      .slice(before)
      .filter(({ path, query }) => `${path}${JSON.stringify(query)}`.includes('smoke'))
    assert.deepEqual(seenRequests, [])
    const { findings } = await at.audit()
    const ours = findings.filter(({ customerIdentifier }) => isSmokeIdentifier(customerIdentifier ?? ''))
    assert.ok(
      ours.length > 0 &&
        ours.every(({ severity, fix }) => severity === 'info' && fix === 'mhloop smoke -m acme --clean'),
    )
    assert.equal(findings.filter(({ severity }) => severity !== 'info').length, 0, JSON.stringify(findings))
  })

  it('takes its SKUs from MasonHub when Loop has no returns, and from --sku when given', async () => {
    const at = await open()
    assert.match(summarise(await run(at)), /ok smoke.skus: Test RMAs use \S+ and /)
    at.pass(hour)
    assert.match(
      summarise(await run(at, { skus: ['MUG & SPOON'], random: 'bbbbbb' })),
      /ok smoke.skus: Test RMAs use MUG & SPOON\./,
    )
  })

  describe('broken at one step, it fails there and nowhere else, and cleans up', () => {
    type Break = {
      step: string
      /** The step at whose beginning it breaks, when that is an earlier one. */
      when?: string
      exit: number
      by: (at: Harness) => unknown
      left?: 'some'
      changes?: Partial<SmokeRequest>
    }
    const fault =
      (name: Parameters<Harness['fault']>[0], value = 1) =>
      (at: Harness) =>
        at.fault(name, value)
    const breaks: Break[] = [
      { step: 'masonhub.account', exit: 4, by: fault('masonhub.unauthorized') },
      { step: 'loop.account', exit: 4, by: fault('loop.missing-scope-returns') },
      { step: 'loop.account', exit: 7, by: fault('loop.down') },
      { step: 'smoke.leftovers', exit: 7, by: fault('masonhub.down') },
      { step: 'smoke.skus', exit: 3, by: () => undefined, changes: { skus: ['NO-SUCH-SKU'] } },
      { step: 'rma.create', exit: 3, by: fault('masonhub.fail-create') },
      { step: 'rma.create', exit: 4, by: fault('masonhub.forbidden') },
      { step: 'rma.read', when: 'rma.create', exit: 3, by: fault('masonhub.visible-after-ms', 90_000) },
      { step: 'rma.update', exit: 3, by: fault('masonhub.fail-update') },
      {
        step: 'rma.delete',
        exit: 3,
        by: (at) => at.sandbox.masonhub.warehouse.receive(idOf(at, 'deleted')),
        left: 'some',
      },
      { step: 'warehouse.tendered', exit: 8, by: fault('masonhub.drop-answer-factory') },
      { step: 'warehouse.in-transit', exit: 4, by: fault('masonhub.unauthorized') },
      {
        step: 'warehouse.delivered',
        exit: 3,
        by: (at) => at.sandbox.masonhub.warehouse.milestone(idOf(at, 'full'), 'receivingStarted'),
        left: 'some',
      },
      {
        step: 'warehouse.receiving-started',
        exit: 3,
        by: fault('masonhub.receipt-visible-after-ms', 300_000),
        left: 'some',
      },
      {
        step: 'receipt.full',
        exit: 3,
        by: (at) => at.sandbox.masonhub.warehouse.receive(idOf(at, 'full')),
        left: 'some',
      },
      { step: 'receipt.partial', exit: 3, by: fault('masonhub.receipt-visible-after-ms', 300_000), left: 'some' },
      { step: 'receipt.unexpected', exit: 8, by: fault('masonhub.drop-request-factory'), left: 'some' },
    ]
    for (const { step, when = step, exit, by, left: remaining, changes } of breaks) {
      it(`${step} (exit ${exit})`, async () => {
        const at = await open({ attemptTimeout: 300 })
        at.file()
        const result = await run(at, changes, (label) => {
          if (label === when) by(at)
          if (label === 'smoke.clean-up') for (const name of Object.keys(at.sandbox.world.faults.all())) mend(at, name)
        })
        const failed = result.checks.filter(({ status }) => status === 'fail')
        assert.deepEqual(
          failed.map(({ code }) => code),
          [step],
          summarise(result),
        )
        assert.equal(result.exit, exit)
        assert.ok(
          failed.every(({ remedy }) => remedy !== null),
          summarise(result),
        )
        const after = result.checks.slice(result.checks.findIndex(({ code }) => code === step) + 1, -1)
        assert.ok(
          after.length > 0 &&
            after.every(({ status, message }) => status === 'skipped' && message === `Not reached: ${step} failed.`),
        )
        assert.notEqual(result.checks.at(-1)?.status, 'fail', summarise(result))
        assertHarmless(at)
        assert.deepEqual(ofMasonHub(at, 'open'), [])
        assert.equal(result.left.length > 0, remaining === 'some', JSON.stringify(result.left))
      })
    }

    function mend(at: Harness, name: string): void {
      if (/unauthorized|forbidden|down|drop|visible|fail/.test(name)) at.sandbox.world.faults.set(name as never, 0)
    }
  })

  it('fails at the decision when the rules would not say what the mission asks for', async () => {
    const at = await open({ policy: { outcomes: [] } })
    at.file()
    const result = await run(at)
    const failed = result.checks.filter(({ status }) => status === 'fail')
    assert.deepEqual(
      failed.map(({ code }) => code),
      ['decision.full'],
      summarise(result),
    )
    assert.match(failed[0]?.message ?? '', /would say flag, although every unit is available/)
    assert.equal(result.exit, 3)
  })

  it('fails at the reading when MasonHub shows another update than was sent, or buys a label (F36)', async () => {
    const at = await open()
    at.file()
    const result = await run(at, {}, (step) => step === 'rma.update' && at.fault('masonhub.lose-queued', 1))
    assert.equal(statusesOf(result)['rma.read-update'], 'fail', summarise(result))
    assert.match(summarise(result), /shows other lines,reasons|shows other lines, reasons/)
  })

  it('warns when an answer was lost on the way, and goes on by what it reads (F34)', async () => {
    const at = await open({ attemptTimeout: 300 })
    at.file()
    const result = await run(at, {}, (step) => step === 'rma.create' && at.fault('masonhub.drop-next-create-answer', 1))
    const statuses = statusesOf(result)
    assert.deepEqual(
      [statuses['rma.create'], statuses['rma.read'], statuses['decision.full']],
      ['warn', 'ok', 'ok'],
      summarise(result),
    )
    assert.equal(result.exit, exitCodes.findings)
    assert.equal(testRmas(at).length, 4)
  })

  it('Ctrl-C at any step cleans up all the same, and skips the rest', async () => {
    const steps = (await run(await openWithReturn())).checks.map(({ code }) => code)
    for (const step of steps.filter((code) => code !== 'smoke.clean-up')) {
      const at = await openWithReturn()
      const controller = new AbortController()
      const result = await run(at, {}, (label) => label === step && controller.abort(), { signal: controller.signal })
      assert.deepEqual(
        result.checks.filter(({ status }) => status === 'fail'),
        [],
        `${step}\n${summarise(result)}`,
      )
      assert.deepEqual(ofMasonHub(at, 'open'), [], step)
      assertHarmless(at)
      const last = result.checks.findIndex(({ code }) => code === step)
      for (const { status, message } of result.checks.slice(last + 1, -1)) {
        assert.deepEqual([status, message], ['skipped', 'Interrupted.'], step)
      }
    }
    async function openWithReturn(): Promise<Harness> {
      const at = await open()
      at.file()
      return at
    }
  })

  describe('what a killed run left', () => {
    async function killed(): Promise<Harness> {
      const at = await open()
      at.file()
      await assert.rejects(
        run(at, { keep: true }, (step) => {
          if (step === 'rma.update') throw new Error('killed')
        }),
        /killed/,
      )
      at.pass(minute)
      assert.equal(ofMasonHub(at, 'open').length, 4)
      return at
    }

    it('is left alone within the hour: another run may still use it', async () => {
      const at = await killed()
      const result = await run(at, { random: 'bbbbbb' })
      assert.match(summarise(result), /ok smoke.leftovers: .*4 test RMAs of the last hour left alone/)
      assert.equal(ofMasonHub(at, 'open').length, 4)
    })

    it('is deleted by the next run after an hour, also from another journal, and nothing else is', async () => {
      const at = await killed()
      const [somebodys] = await at.context.masonhub.rmas.create([
        {
          customerIdentifier: 'mhloop-smoke-of-mine',
          manifestId: null,
          packageId: 'PARCEL-1',
          instructions: null,
          lines: [aLine()],
        },
      ])
      assert.equal(somebodys?.[1].kind, 'accepted')
      at.pass(2 * hour)
      const journal = await at.foreignJournal()
      const result = await run(at, { random: 'bbbbbb' }, undefined, { journal })
      assert.match(summarise(result), /ok smoke.leftovers: Deleted 4 test RMAs of earlier runs\./)
      assert.deepEqual(ofMasonHub(at, 'open'), [])
      assert.equal(at.rma('mhloop-smoke-of-mine')?.status, 'open')
    })

    it('is deleted at once by --clean, and its writes are settled', async () => {
      const at = await killed()
      const result = await cleanSmoke(at.context)
      assert.deepEqual(
        result.checks.map(({ code, status, message }) => [code, status, message]),
        [['smoke.leftovers', 'ok', 'Deleted 4 test RMAs.']],
      )
      assert.deepEqual(ofMasonHub(at, 'open'), [])
      const unsettled = await at.journal.effects.find({ states: ['planned', 'sent', 'accepted', 'in_doubt'] })
      assert.deepEqual(unsettled, [])
      assert.match((await cleanSmoke(at.context)).checks[0]?.message ?? '', /No run left anything/)
    })

    it('that can’t be cleaned up at the end is reported, with the command to do it later', async () => {
      const at = await open()
      at.file()
      const result = await run(at, {}, (step) => step === 'rma.update' && at.fault('masonhub.down', 1))
      assert.deepEqual(
        result.checks.filter(({ status }) => status === 'fail').map(({ code }) => code),
        ['rma.read-update', 'smoke.clean-up'],
      )
      assert.equal(result.exit, exitCodes.vendorDown)
      assert.deepEqual(
        result.left.map(({ status }) => status),
        [null, null, null, null],
      )
    })
  })

  it('--keep deletes nothing and says how to', async () => {
    const at = await open()
    at.file()
    const result = await run(
      at,
      { keep: true },
      (step) => step === 'rma.delete' && at.fault('masonhub.unauthorized', 1),
    )
    at.fault('masonhub.unauthorized', 0)
    assert.equal(ofMasonHub(at, 'open').length, 4)
    assert.equal(result.checks.at(-1)?.code, 'smoke.clean-up')
    const again = await run(at, { keep: true, random: 'cccccc' })
    const { status, remedy } = again.checks.at(-1) ?? {}
    assert.deepEqual([status, remedy], ['skipped', 'mhloop smoke -m acme --clean'])
    assert.equal(again.left.length, 3)
  })

  it('F66: in production it writes one RMA, deletes it, and never asks the data factory', async () => {
    const at = await open()
    at.file()
    const merchant = { ...at.context.merchant, environment: 'production' as const }
    const result = await run(at, {}, undefined, { merchant })
    assert.equal(result.exit, 0, summarise(result))
    assert.deepEqual(at.requests('masonhub', 'POST', 'rmaEvent'), [])
    assert.equal(testRmas(at).length, 1)
    assert.deepEqual([ofMasonHub(at, 'open'), ofMasonHub(at, 'received')], [[], []])
    const skipped = result.checks.filter(({ status }) => status === 'skipped').map(({ code }) => code)
    assert.equal(skipped.length, 12, summarise(result))
    assertHarmless(at)
  })

  describe('callbacks', () => {
    async function connected(): Promise<Harness> {
      const at = await open()
      at.file()
      const url = `https://receiver.example.com${endpointPaths(key).masonhub}`
      await at.context.masonhub.callbacks.create([{ url, messageType: 'rmaEvent', apiVersion: '2.0', token: 'ours' }])
      return at
    }

    it('are seen to arrive where a receiver stores them in the same journal', async () => {
      const at = await connected()
      const result = await run(at, { receiverKey: async () => key }, async (step) => {
        if (step === 'callbacks.received') await deliver(at)
      })
      assert.match(summarise(result), /ok callbacks.received: The receipts of all 3 test RMAs arrived as callbacks\./)
      const events = await at.journal.events.find({})
      assert.ok(
        events.length >= 3 &&
          events.every(({ state, reason, body }) => state === 'done' && reason === 'SMOKE' && body === ''),
      )
    })

    it('are skipped where no receiver stores anything, and warned of where one did today', async () => {
      const at = await connected()
      const result = await run(at, { receiverKey: async () => key })
      assert.match(
        summarise(result),
        /skipped callbacks.received: 3 of 3 receipts did not arrive .* No receiver seems to be running/,
      )
      assert.equal(result.exit, 0)
      await deliver(at)
      const again = await run(at, { receiverKey: async () => key, random: 'dddddd' })
      assert.match(summarise(again), /warn callbacks.received: 3 of 3 receipts did not arrive/)
      assert.equal(again.exit, exitCodes.findings)
    })

    /** As the receiver does: reads and stores the bytes that MasonHub sent. */
    async function deliver(at: Harness): Promise<void> {
      const now = at.clock.now().toISOString()
      const { name } = at.context.merchant
      const events = at.sandbox.masonhub.outbound.messages
        .filter(({ messageType }) => messageType === 'rmaEvent')
        .flatMap(({ body }) => readMasonHubEvents(name, Buffer.from(JSON.stringify(body)), now))
      await at.journal.events.storeMany(events)
    }
  })

  describe('with a return of Loop', () => {
    const yes = async () => undefined
    const withReturn = (
      returnId: string,
      event: ReceiveEvent = 'receiveFull',
      mayResolve: () => Promise<void> = yes,
      mayUse: () => Promise<void> = yes,
    ) => ({
      loopReturn: { returnId, event, mayUse, mayResolve },
    })
    const loopSteps = (result: SmokeResult) =>
      result.checks
        .filter(({ code }) => code.startsWith('loop.') && code !== 'loop.account')
        .map(({ code, status }) => `${status} ${code}`)
    const allFine = ['ok loop.return', 'ok loop.sync', 'ok loop.receipt', 'ok loop.resolution']

    it('refunds it really, once, when everything arrived', async () => {
      const at = await open()
      const id = at.file()
      const result = await run(at, withReturn(id))
      assert.deepEqual(loopSteps(result), allFine, summarise(result))
      assert.equal(at.paidByUs(id), 1)
      assert.equal(at.groundTruth('refund_paid').length, 1)
      assert.equal(at.groundTruth('label_bought').length, 0)
      assert.equal((await at.effects(id, 'process'))[0]?.state, 'confirmed')
      const again = await run(at, { ...withReturn(id), random: 'eeeeee' })
      assert.deepEqual(loopSteps(again)[0], 'fail loop.return', summarise(again))
      assert.equal(at.paidByUs(id), 1)
    })

    for (const event of ['receivePartial', 'receiveUnexpected'] as const) {
      it(`flags it really after ${event}`, async () => {
        const at = await open()
        const id = at.file({ units: [{ sku: 'TEE-BLK-M', quantity: 3 }] })
        const result = await run(at, withReturn(id, event))
        assert.deepEqual(loopSteps(result), allFine, summarise(result))
        assert.equal(at.paidByUs(id), 0)
        assert.equal(at.groundTruth('return_flagged', id).length, 1)
      })
    }

    it('sends nothing to Loop without a confirmation (exit 9)', async () => {
      const at = await open()
      const id = at.file()
      const no = async () => {
        throw new Fault('Not confirmed.', { code: 'NOT_CONFIRMED' })
      }
      const result = await run(at, withReturn(id, 'receiveFull', no))
      assert.equal(loopSteps(result).at(-1), 'fail loop.resolution')
      assert.equal(result.exit, exitCodes.notConfirmed)
      assertHarmless(at)
    })

    it('G14 writes nothing anywhere unless a person says that the return is a test (exit 9)', async () => {
      const at = await open()
      const id = at.file()
      const no = async () => {
        throw new Fault('Not confirmed.', { code: 'NOT_CONFIRMED' })
      }
      const result = await run(at, withReturn(id, 'receiveFull', yes, no))
      assert.equal(result.exit, exitCodes.notConfirmed)
      assert.equal(loopSteps(result)[0], 'fail loop.return')
      assert.deepEqual(
        [...at.requests('masonhub'), ...at.requests('loop')].filter(({ method }) => method !== 'GET'),
        [],
      )
      assert.deepEqual(result.left, [])
    })

    it('G14 what policy holds back is skipped with the command that passes it, and never asked about', async () => {
      const at = await open({ limits: { firstByHand: 1 } })
      const id = at.file()
      const result = await run(
        at,
        withReturn(id, 'receiveFull', () => assert.fail('asked')),
      )
      const check = result.checks.find(({ code }) => code === 'loop.resolution')
      assert.deepEqual(
        [check?.status, check?.remedy],
        ['skipped', `mhloop rma resolve ${id} -m acme --refund`],
        summarise(result),
      )
      assertHarmless(at)
    })

    it('leaves a refund to a person where refunds are off, and does not even ask', async () => {
      const at = await open({ policy: { refunds: false } })
      const id = at.file()
      const result = await run(
        at,
        withReturn(id, 'receiveFull', () => assert.fail('asked')),
      )
      assert.equal(loopSteps(result).at(-1), 'skipped loop.resolution', summarise(result))
      assert.equal(
        result.checks.find(({ code }) => code === 'loop.resolution')?.remedy,
        `mhloop rma resolve ${id} -m acme --refund`,
      )
      assertHarmless(at)
    })

    it('fails at the return that Loop does not know, and at the sync of one that is held', async () => {
      const at = await open()
      assert.equal(loopSteps(await run(at, withReturn('424242')))[0], 'fail loop.return')
      const id = at.file({ label: { after: 'never' } })
      const result = await run(at, { ...withReturn(id), random: 'ffffff' })
      assert.deepEqual(loopSteps(result).slice(0, 2), ['ok loop.return', 'fail loop.sync'], summarise(result))
      assertHarmless(at)
    })

    it('F66: in production waits for the dock instead of playing it', async () => {
      const at = await open()
      const id = at.file()
      const merchant = { ...at.context.merchant, environment: 'production' as const }
      const result = await run(at, withReturn(id), undefined, { merchant })
      assert.deepEqual(loopSteps(result).slice(1, 3), ['ok loop.sync', 'fail loop.receipt'], summarise(result))
      assert.deepEqual(at.requests('masonhub', 'POST', 'rmaEvent'), [])
      assertHarmless(at)
    })
  })
})

function aLine() {
  return {
    sku: 'TEE-BLK-M',
    quantity: 1,
    reasonCode: 'other',
    requestedStatus: 'available',
    notes: null,
    orderId: null,
  } as const
}
