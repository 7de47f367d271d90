/** Cases that would mislead an operator, or end a run with the wrong exit code. */
import assert from 'node:assert/strict'
import { exitCodes, Fault } from '../../src/core/errors/fault.ts'
import type { Finding } from '../../src/core/explain/reason.ts'
import { parseReference } from '../../src/core/rmas/identifiers.ts'
import { proposeAll } from '../../src/usecases/resolve/propose.ts'
import { resolveAtOnce } from '../../src/usecases/resolve/resolve-at-once.ts'
import { exitOfResults, resolveMany } from '../../src/usecases/resolve/resolve-many.ts'
import { findReturns } from '../../src/usecases/returns/find-returns.ts'
import { exitOfSync } from '../../src/usecases/sync/result.ts'
import { killable, untilKilled } from './calls.ts'
import { acceptance, type Harness, hour, minute } from './harness.ts'

const summarise = ({ findings }: { findings: readonly Finding[] }) => findings.map(({ code, fix }) => [code, fix])

async function received(at: Harness): Promise<string> {
  const id = at.file()
  await at.sync({ returnIds: [id] })
  at.pass(hour)
  at.receive(id)
  return id
}

async function resolveAll(at: Harness, context: Harness['context'], ids: readonly string[]) {
  const { proposals } = await proposeAll(at.context, ids, { requested: 'rules', force: false })
  return await resolveMany(context, proposals, { requested: 'rules', force: false, note: null, wait: 0 })
}

describe('reports to an operator', () => {
  const open = acceptance()

  it('a return that expired and whose parcel arrived all the same is a finding: nothing else reports it', async () => {
    const at = await open()
    const id = await received(at)
    at.sandbox.loop.expire(id)
    assert.deepEqual(summarise(await at.audit()), [['RECEIVED_UNRESOLVED', null]])
  })

  it('a refund that the rules leave to a person names the command that does it', async () => {
    const at = await open({ policy: { refunds: false } })
    const id = await received(at)
    assert.deepEqual(summarise(await at.audit()), [
      ['RECEIVED_UNRESOLVED', `mhloop rma resolve ${id} -m acme --refund`],
    ])
  })

  it('an RMA that MasonHub took a second ago and does not show yet is not missing', async () => {
    const at = await open({ faults: { 'masonhub.visible-after-ms': minute } })
    at.file()
    await at.sync()
    assert.deepEqual(summarise(await at.audit()), [])
    at.pass(hour)
    assert.deepEqual(summarise(await at.audit()), [])
  })

  it('a refund that a killed process left behind is reported by the audit until it is resolved', async () => {
    const at = await open()
    const id = await received(at)
    const one = killable(at.context, { at: 1, effect: 'before', counts: (name) => name === 'loop.process' })
    assert.equal(await untilKilled(at.worker(one.context).resolve(id)), 'killed')
    assert.deepEqual(summarise(await at.audit()), [])
    at.pass(5 * minute)
    assert.deepEqual(summarise(await at.audit()), [['IN_DOUBT', `mhloop rma show ${id} -m acme`]])
    at.pass(hour)
    assert.deepEqual(summarise(await at.audit()), [['PARKED', `mhloop rma show ${id} -m acme`]])
    assert.equal(at.paidByUs(id), 0)
  })

  it('a refund that was planned and never sent is given up once something else is decided', async () => {
    const at = await open({ limits: { refundsPerHour: 0 } })
    const id = await received(at)
    await at.resolve(id)
    assert.equal((await at.effects(id, 'process'))[0]?.state, 'planned')
    at.sandbox.loop.close(id)
    await at.resolve(id)
    assert.equal((await at.effects(id, 'process'))[0]?.state, 'abandoned')
  })

  it('a key that is refused in the middle of a run costs one refund, not all of them (F45)', async () => {
    for (const [fault, code, exit] of [
      ['loop.unauthorized', 'LOOP_UNAUTHORIZED', exitCodes.credentials],
      ['loop.error-429', 'LOOP_RATE_LIMITED', exitCodes.vendorDown],
    ] as const) {
      const at = await open()
      const ids = [await received(at), await received(at), await received(at)]
      const { loop } = at.context
      const dying = {
        ...at.context,
        loop: {
          ...loop,
          process: (...args: Parameters<typeof loop.process>) => {
            at.fault(fault, 1)
            return loop.process(...args)
          },
        },
      }
      const { results, stoppedBy } = await resolveAll(at, dying, ids)
      assert.equal(at.requests('loop', 'POST', '/process').length, 1, fault)
      assert.deepEqual(
        results.map(({ outcome, reasons }) => [outcome, reasons[0]?.code]),
        [
          ['refused', code],
          ['skipped', 'NOT_TRIED'],
          ['skipped', 'NOT_TRIED'],
        ],
      )
      assert.equal(exitOfResults(results, stoppedBy), exit)
    }
  })

  it('one return that cannot be read again before its refund stops no other (F47)', async () => {
    const at = await open()
    const ids = [await received(at), await received(at), await received(at)]
    const { proposals } = await proposeAll(at.context, ids, { requested: 'rules', force: false })
    at.pass(minute)
    const { loop } = at.context
    const fault = new Fault('unreadable', { code: 'LOOP_UNREADABLE' })
    const poisoned = {
      ...at.context,
      loop: {
        ...loop,
        details: (id: string) => (id === ids[1] ? Promise.reject(fault) : loop.details(id)),
      },
    }
    const request = { requested: 'rules', force: false, note: null, wait: 0 } as const
    const { results, stoppedBy } = await resolveMany(poisoned, proposals, request)
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['accepted', 'skipped', 'accepted'],
    )
    assert.equal(exitOfResults(results, stoppedBy), exitCodes.findings)
  })

  it('an internal error at one return gives up what was claimed for those beside it (F47)', async () => {
    for (const where of ['before a claim', 'at a request'] as const) {
      const at = await open()
      const ids = [await received(at), await received(at), await received(at)]
      const { loop, stored } = at.context
      let calls = 0
      const breaking = (call: number) => {
        calls += 1
        if (calls === call) throw new TypeError('broken')
      }
      const broken: Harness['context'] =
        where === 'before a claim'
          ? {
              ...at.context,
              async stored() {
                breaking(3)
                return await stored()
              },
            }
          : {
              ...at.context,
              loop: {
                ...loop,
                async process(...args) {
                  breaking(1)
                  return await loop.process(...args)
                },
              },
            }
      await assert.rejects(resolveAll(at, broken, ids), /^TypeError: broken$/)
      const states = await Promise.all(ids.map(async (id) => (await at.effects(id, 'process'))[0]?.state))
      // What was about to be sent may have been sent, so it stays as it is.
      const expected = where === 'before a claim' ? ['planned', 'planned'] : ['planned', 'planned', 'sent']
      assert.deepEqual(states.filter((state) => state !== undefined).sort(), expected, where)
      assert.equal(at.paidByUs(), 0)
    }
  })

  it('Ctrl-C while an unreadable return is tried alone keeps the results of what was sent before (F47)', async () => {
    const at = await open()
    const ids = Array.from({ length: 17 }, () => at.file())
    await at.sync({ returnIds: ids })
    at.pass(hour)
    for (const id of ids) at.receive(id)
    const { loop } = at.context
    const interrupting = new AbortController()
    const poisoned = {
      ...at.context,
      signal: interrupting.signal,
      loop: {
        ...loop,
        async details(id: string) {
          if (id !== ids[15]) return await loop.details(id)
          interrupting.abort()
          throw new Fault('unreadable', { code: 'LOOP_UNREADABLE' })
        },
      },
    }
    const request = { requested: 'rules', force: false, note: null, wait: 0 } as const
    const { results, stoppedBy } = await resolveAtOnce(poisoned, ids, request)
    assert.deepEqual(
      results.map(({ returnId, outcome, reasons }) => [returnId, outcome, outcome === 'skipped' && reasons[0]?.code]),
      ids.map((id, index) => (index < 15 ? [id, 'accepted', false] : [id, 'skipped', 'INTERRUPTED'])),
    )
    assert.equal(exitOfResults(results, stoppedBy), exitCodes.interrupted)
  })

  it('a return that Loop does not know is no success', async () => {
    const at = await open()
    const results = await at.resolve('123456')
    assert.equal(exitOfResults(results, null), exitCodes.findings)
  })

  it('a write that MasonHub turned away as a whole says why, and the exit code with it', async () => {
    for (const [fault, code, exit] of [
      ['masonhub.unauthorized', 'MASONHUB_UNAUTHORIZED', exitCodes.credentials],
      ['masonhub.error-429', 'MASONHUB_RATE_LIMITED', exitCodes.vendorDown],
    ] as const) {
      const at = await open()
      const id = at.file()
      const { masonhub } = at.context
      const unlucky = at.worker({
        masonhub: {
          ...masonhub,
          rmas: {
            ...masonhub.rmas,
            create(rmas) {
              at.fault(fault, 1)
              return masonhub.rmas.create(rmas)
            },
          },
        },
      })
      const result = await unlucky.sync({ returnIds: [id] })
      assert.deepEqual(
        result.failed.map((failure) => [failure.returnId, failure.code]),
        [[id, code]],
      )
      assert.equal(exitOfSync(result, false), exit)
    }
  })

  it('many order names and tracking numbers cost one reading of Loop’s list, not one each', async () => {
    const at = await open()
    const ids = [at.file(), at.file(), at.file()]
    const tracking = at.sandbox.loop.returns.get(Number(ids[2]))?.labels[0]?.trackingNumber ?? ''
    const { returnIds } = await findReturns(at.context, ['#1001', '1002', tracking.toLowerCase()])
    assert.deepEqual(returnIds, ids)
    // One request per state: a window of 119 days has five passes.
    assert.equal(at.requests('loop', 'GET', '/return/list').length, 5)
  })

  it('the error that stops a sync ends with one full stop, whether or not its message ends with one', async () => {
    const at = await open()
    at.file({ label: { after: 'never' } })
    await at.sync()
    at.pass(hour)
    for (let count = 0; count < 30; count += 1) at.file()
    const { loop, masonhub } = at.context
    const written = Promise.withResolvers<void>()
    const create: typeof masonhub.rmas.create = async (rmas) => {
      const answers = await masonhub.rmas.create(rmas)
      written.resolve()
      return answers
    }
    const details = async () => {
      await written.promise
      throw new Fault('Loop is away.', { code: 'LOOP_UNREACHABLE', blame: 'loop' })
    }
    const dying = at.worker({
      loop: { ...loop, details },
      masonhub: { ...masonhub, rmas: { ...masonhub.rmas, create } },
    })
    const since = at.clock.now().toISOString()
    await assert.rejects(dying.sync({ since }), /^Fault: Loop is away\. Before that: 30 created; /)
  })

  it('a sync that a vendor stops in the middle reports what it had done before', async () => {
    const at = await open()
    // Held returns are read after the list, one by one.
    at.file({ label: { after: 'never' } })
    await at.sync()
    at.pass(hour)
    for (let count = 0; count < 35; count += 1) at.file()
    const { loop, masonhub } = at.context
    const written = Promise.withResolvers<void>()
    let creates = 0
    const dying = at.worker({
      // The held return is read while the first thirty are written.
      loop: { ...loop, details: (returnId) => written.promise.then(() => loop.details(returnId)) },
      masonhub: {
        ...masonhub,
        rmas: {
          ...masonhub.rmas,
          async create(rmas) {
            const answers = await masonhub.rmas.create(rmas)
            creates += 1
            at.fault('loop.down', 1)
            written.resolve()
            return answers
          },
        },
      },
    })
    const since = at.clock.now().toISOString()
    await assert.rejects(dying.sync({ since }), (error: Fault) => {
      assert.deepEqual([error.code, error.exit], ['LOOP_UNREACHABLE', exitCodes.vendorDown])
      // The returns of the list are written although the held one can't be read (F47).
      return /[^.]\. Before that: 35 created; running it again repeats none of this\.$/.test(error.message)
    })
    assert.equal(creates, 2)
    assert.equal(at.groundTruth('rma_created').length, 35)
    at.fault('loop.down', 0)
    at.pass(5 * minute)
    assert.equal((await at.sync()).created.length, 0)
  })

  it('digits with leading zeros are no return id: Loop would read another one', () => {
    assert.deepEqual(parseReference('0099904598'), { kind: 'text', text: '0099904598' })
    assert.deepEqual(parseReference('99904598'), { kind: 'return-id', returnId: '99904598' })
  })
})
