import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import { Fault } from '../core/errors/fault.ts'
import { registerControl } from './control/control.ts'
import { createDeliveries } from './delivery/deliveries.ts'
import { createFaults } from './fault-injection.ts'
import { createGroundTruth } from './ground-truth.ts'
import { registerLoop } from './loop/register.ts'
import { signToken } from './masonhub/account/tokens.ts'
import { registerMasonHub } from './masonhub/register.ts'
import { createRandom, createRandomFor } from './random.ts'
import { logRequests } from './requests.ts'
import type { Sandbox, SandboxOptions } from './sandbox.ts'
import type { SeededReturn } from './seed/story.ts'
import { realClock } from './time/clock.ts'
import type { World } from './world.ts'

const loopback = '127.0.0.1'
/** Fixed, so that the default token is the same in every run. */
const tokenIssuedAt = new Date('2026-01-01T00:00:00.000Z')
const largestBody = 10 * 2 ** 20

/** Starts a sandbox on 127.0.0.1. Throws a usage Fault for a port in use or an unknown fault name. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const faults = createFaults(options.faults)
  const clock = options.clock ?? realClock()
  const seed = options.seed ?? 1
  const installed = {
    loopApiKey: options.loopApiKey ?? 'sandbox-loop-key',
    loopWebhookSecret: options.loopWebhookSecret ?? 'sandbox-webhook-secret',
    masonhubToken: options.masonhubToken ?? signToken('sandbox phrase', tokenIssuedAt),
    slug: options.slug ?? 'demo',
  }
  const world: World = {
    clock,
    random: createRandom(seed),
    randomFor: createRandomFor(seed),
    groundTruth: createGroundTruth(clock),
    faults,
    installed,
  }
  const app = await createApp()
  const log = logRequests(app)
  announceTime(app, world)
  const deliveries = createDeliveries({ clock, faults, seed })
  const loop = await registerLoop(app, world, deliveries)
  const masonhub = registerMasonHub(app, world, deliveries)
  const seeded = new Map<string, SeededReturn>()
  const stop = async () => {
    clock.stop()
    deliveries.stop()
    await app.close()
  }
  const sandbox: Sandbox = {
    url: '',
    loopBaseUrl: '',
    masonhubBaseUrl: '',
    world,
    loop,
    masonhub,
    deliveries,
    requests: log.entries,
    requestCounts: log.counts,
    requestArrivals: log.arrivals,
    seeded,
    seed,
    stop,
  }
  await registerControl(app, sandbox)
  sandbox.url = await listen(app, options.port ?? 0, stop)
  sandbox.loopBaseUrl = `${sandbox.url}/api/2026-10`
  sandbox.masonhubBaseUrl = `${sandbox.url}/${encodeURIComponent(installed.slug)}/api/v1`
  return sandbox
}

async function createApp(): Promise<FastifyInstance> {
  const { default: fastify } = await import('fastify')
  const settings: FastifyServerOptions = { logger: false, bodyLimit: largestBody, forceCloseConnections: true }
  const app: FastifyInstance = fastify(settings)
  // Both vendors accept an empty body with a JSON content type (Loop's process takes one or none).
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => {
    const body = String(text)
    if (body.trim() === '') return done(null, undefined)
    try {
      done(null, JSON.parse(body))
    } catch {
      done(Object.assign(new Error('The request body is not JSON.'), { statusCode: 400 }))
    }
  })
  return app
}

/** Sets the Date of each answer to the vendor's own clock; Node would send the machine's. */
function announceTime(app: FastifyInstance, { clock, faults }: World): void {
  app.addHook('onSend', async (request, reply) => {
    const vendor = request.url.startsWith('/api/') ? 'loop' : 'masonhub'
    reply.header('date', new Date(clock.now().getTime() + faults.get(`${vendor}.clock-ahead-ms`)).toUTCString())
  })
}

async function listen(app: FastifyInstance, port: number, stop: () => Promise<void>): Promise<string> {
  try {
    return await app.listen({ port, host: loopback })
  } catch (error) {
    await stop()
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    throw new Fault(`Port ${port} on ${loopback} can't be opened: ${code === 'EACCES' ? 'not permitted' : 'in use'}.`, {
      code: 'SANDBOX_PORT_UNAVAILABLE',
      hint: 'mhloop sandbox start --port 0',
      cause: error,
    })
  }
}
