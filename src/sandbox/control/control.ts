import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Fault } from '../../core/errors/fault.ts'
import { faultName, faultTable } from '../fault-injection.ts'
import { summarise } from '../ground-truth.ts'
import type { LoopRecord, NewReturn } from '../loop/register.ts'
import type { Sandbox } from '../sandbox.ts'
import { receiveParcels } from '../seed/dock.ts'
import { seedSandbox } from '../seed/seed.ts'
import { createTraffic, type Traffic } from '../seed/traffic.ts'
import { isManual } from '../time/clock.ts'
import { BadRequest, numberIn, objectOf, personActions } from './control-input.ts'

/**
 * `/_sandbox/…`: the routes by which another process (the `sandbox` commands) reads and controls a running sandbox.
 * JSON in and out; errors are `{"error": {"code", "message"}}`.
 */
export async function registerControl(app: FastifyInstance, sandbox: Sandbox): Promise<void> {
  const traffic = createTraffic(sandbox)
  await app.register(
    async (control) => {
      control.addHook('onRequest', refuseStrangers)
      control.setErrorHandler(answerError)
      control.get('/status', async () => statusOf(sandbox))
      control.get('/truth', async () => ({
        entries: sandbox.world.groundTruth.entries,
        ...summarise(sandbox.world.groundTruth),
      }))
      control.get('/faults', async () => ({ faults: faultTable.map((fault) => describeFault(sandbox, fault.name)) }))
      control.post('/faults', async (request) => setFaults(sandbox, request))
      control.post('/seed', async (request) => seed(sandbox, request))
      control.post('/receive', async (request) => receiveParcels(sandbox, objectOf(request.body)))
      control.get('/deliveries', async () => deliveriesOf(sandbox))
      control.post('/live', async (request) => startTraffic(traffic, request))
      control.post('/advance', async (request) => advance(sandbox, request))
      control.post('/loop/returns', async (request) => createOne(sandbox, request))
      control.post('/loop/shipments', async () => orConflict(() => sandbox.loop.shipBags()))
      control.get('/loop/returns/:id', async (request) => showOne(sandbox, request))
      control.post('/loop/returns/:id/:action', async (request) => act(sandbox, request))
    },
    { prefix: '/_sandbox' },
  )
}

/**
 * Refuses requests that may come from a web page: the port is loopback only, but a page in the operator's browser can
 * reach it.
 */
async function refuseStrangers(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '')
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(host)
  if (local && request.headers.origin === undefined) return undefined
  return reply.code(403).send({ error: { code: 'FORBIDDEN', message: 'The control routes answer only local tools.' } })
}

function answerError(error: unknown, _request: FastifyRequest, reply: FastifyReply): unknown {
  if (error instanceof BadRequest)
    return reply.code(error.status).send({ error: { code: error.code, message: error.message } })
  if (error instanceof Fault) return reply.code(400).send({ error: { code: error.code, message: error.message } })
  const message = error instanceof Error ? error.message : String(error)
  const status = error instanceof Error && 'statusCode' in error && error.statusCode === 400 ? 400 : 500
  return reply.code(status).send({ error: { code: 'SANDBOX_FAILED', message } })
}

/** The status of a running sandbox. */
export type SandboxStatus = ReturnType<typeof statusOf>

function statusOf(sandbox: Sandbox) {
  const { world, loop } = sandbox
  const rmas = sandbox.masonhub.summary()
  return {
    url: sandbox.url,
    loopBaseUrl: sandbox.loopBaseUrl,
    masonhubBaseUrl: sandbox.masonhubBaseUrl,
    settings: { ...world.installed, seed: sandbox.seed, clock: isManual(world.clock) ? 'manual' : 'real' },
    now: world.clock.now().toISOString(),
    requests: { ...sandbox.requestCounts },
    loop: {
      returns: loop.returns.size,
      byState: countBy([...loop.returns.values()].map((record) => record.state)),
      webhooks: loop.webhooks.size,
      events: loop.emitted.length,
    },
    masonhub: { rmas: rmas.rmas, byStatus: rmas.rmasByStatus, skus: rmas.skus, outbound: rmas.outbound },
    deliveries: countBy(sandbox.deliveries.log.map(({ outcome }) => outcome)),
    seeded: {
      returns: sandbox.seeded.size,
      byExpectedEnd: countBy([...sandbox.seeded.values()].map((one) => one.expected)),
    },
    truth: summarise(world.groundTruth),
    faults: world.faults.all(),
    changedFaults: faultTable
      .map((fault) => describeFault(sandbox, fault.name))
      .filter((fault) => fault.value !== fault.initial),
  }
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}

export type FaultValue = ReturnType<typeof describeFault>

function describeFault(sandbox: Sandbox, name: (typeof faultTable)[number]['name']) {
  const row = faultTable.find((fault) => fault.name === name)
  return { name, value: sandbox.world.faults.get(name), initial: row?.initial ?? 0, about: row?.about ?? '' }
}

/** Sets faults; all names are checked before the first is set. */
function setFaults(sandbox: Sandbox, request: FastifyRequest) {
  const changes = Object.entries(objectOf(request.body)).map(([name, value]) => {
    if (typeof value !== 'number') throw new BadRequest(`The fault ${name} needs a number.`)
    return { name: faultName(name), value }
  })
  for (const { name, value } of changes) sandbox.world.faults.set(name, value)
  return { faults: changes.map(({ name }) => describeFault(sandbox, name)) }
}

export type SeedAnswer = ReturnType<typeof seed>

function seed(sandbox: Sandbox, request: FastifyRequest) {
  const body = objectOf(request.body)
  const count = numberIn(body, 'count')
  const random = numberIn(body, 'seed')
  const added = seedSandbox(sandbox, {
    ...(count === undefined ? {} : { count }),
    ...(random === undefined ? {} : { seed: random }),
  })
  return {
    added: added.length,
    byExpectedEnd: countBy(added.map((one) => one.expected)),
    // Plain returns (there may be a hundred thousand) are left out.
    stories: added.filter((one) => one.tag !== 'plain'),
  }
}

function advance(sandbox: Sandbox, request: FastifyRequest) {
  const milliseconds = numberIn(objectOf(request.body), 'ms')
  if (milliseconds === undefined) throw new BadRequest('Give the duration: {"ms": 60000}.')
  const { clock } = sandbox.world
  if (!isManual(clock)) throw new BadRequest("This sandbox runs on the real clock, which can't be advanced.", 409)
  return { ran: clock.advance(milliseconds), now: clock.now().toISOString() }
}

/** The deliveries without their bodies, which contain names and addresses, although invented ones. */
function deliveriesOf(sandbox: Sandbox) {
  return { deliveries: sandbox.deliveries.log.map(({ body: _body, ...delivery }) => delivery) }
}

function startTraffic(traffic: Traffic, request: FastifyRequest) {
  const body = objectOf(request.body)
  const everyMs = numberIn(body, 'everyMs')
  if (everyMs === undefined) throw new BadRequest('Give the intervals: {"everyMs": 5000, "receiveAfterMs": 20000}.')
  const options = { everyMs, receiveAfterMs: numberIn(body, 'receiveAfterMs') ?? 4 * everyMs }
  traffic.run(options)
  return options
}

function createOne(sandbox: Sandbox, request: FastifyRequest) {
  const { createdAt, ...requested } = objectOf(request.body) as NewReturn & { createdAt?: unknown }
  const at = typeof createdAt === 'string' ? new Date(createdAt) : null
  if (at && Number.isNaN(at.getTime())) throw new BadRequest('createdAt is not a date.')
  return orConflict(() =>
    described(sandbox, sandbox.loop.createReturn(at ? { ...requested, createdAt: at } : requested)),
  )
}

function showOne(sandbox: Sandbox, request: FastifyRequest) {
  const { id } = request.params as { id: string }
  return described(sandbox, found(sandbox, id))
}

function act(sandbox: Sandbox, request: FastifyRequest) {
  const { id, action } = request.params as { id: string; action: string }
  const record = found(sandbox, id)
  const work = personActions.get(action)
  if (!work) throw new BadRequest(`Unknown action "${action}"; expected ${[...personActions.keys()].join(', ')}.`, 404)
  orConflict(() => work(sandbox.loop, record.id, objectOf(request.body)))
  return described(sandbox, record)
}

/** Turns an error of the stand-in into a 409: the caller asked for something that it can't do. */
function orConflict<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw new BadRequest(error instanceof Error ? error.message : String(error), 409)
  }
}

function found(sandbox: Sandbox, id: string): Readonly<LoopRecord> {
  const record = sandbox.loop.returns.get(Number(id))
  if (!record) throw new BadRequest(`The sandbox's Loop has no return ${id}.`, 404)
  return record
}

function described(sandbox: Sandbox, record: Readonly<LoopRecord>) {
  return {
    returnId: String(record.id),
    state: record.state,
    flagged: record.flagged,
    orderName: record.orderName,
    outcome: record.outcome,
    units: record.units.map((unit) => ({ lineItemId: String(unit.lineItemId), sku: unit.sku, reason: unit.reason })),
    labels: record.labels.map((label) => ({ status: label.status, trackingNumber: label.trackingNumber })),
    packageReference: record.packageReference,
    notes: record.notes.filter(({ deletedAt }) => deletedAt === null).map((note) => note.content),
    refundsPaid: sandbox.loop.refundsPaid(record.id),
  }
}
