import type { FastifyInstance, FastifyRequest } from 'fastify'

/** One request that reached a stand-in. `status` is 0 until answered, and stays 0 when the connection was cut. */
export type SandboxRequest = {
  vendor: 'loop' | 'masonhub'
  method: string
  path: string
  query: Record<string, unknown>
  body?: unknown
  status: number
}

export type RequestLog = {
  /** At most the last 10,000, oldest first. */
  readonly entries: readonly SandboxRequest[]
  /** All requests since the start. */
  readonly counts: { readonly loop: number; readonly masonhub: number }
  /**
   * When each request arrived, in real monotonic milliseconds, oldest first, at most the last 100,000: tests check rate
   * limits with it.
   */
  readonly arrivals: { readonly loop: readonly number[]; readonly masonhub: readonly number[] }
}

const mostRequests = 10_000
const mostArrivals = 100_000

/** Records every request to a vendor's API, but none to the control routes. */
export function logRequests(app: FastifyInstance): RequestLog {
  const entries: SandboxRequest[] = []
  const counts = { loop: 0, masonhub: 0 }
  const arrivals: Record<SandboxRequest['vendor'], number[]> = { loop: [], masonhub: [] }
  const open = new WeakMap<FastifyRequest, SandboxRequest>()
  app.addHook('onRequest', async (request) => {
    const path = request.url.split('?')[0] ?? ''
    if (path.startsWith('/_sandbox/')) return
    const vendor = path.startsWith('/api/') ? 'loop' : 'masonhub'
    const entry: SandboxRequest = {
      vendor,
      method: request.method,
      path,
      query: { ...(request.query as Record<string, unknown>) },
      status: 0,
    }
    counts[vendor] += 1
    if (arrivals[vendor].length >= mostArrivals) arrivals[vendor].splice(0, mostArrivals / 2)
    arrivals[vendor].push(performance.now())
    if (entries.length >= mostRequests) entries.splice(0, mostRequests / 2)
    entries.push(entry)
    open.set(request, entry)
  })
  app.addHook('preHandler', async (request) => {
    const entry = open.get(request)
    if (entry && request.body !== undefined) entry.body = request.body
  })
  // Before the answer is sent, so that a caller who has it finds it here.
  app.addHook('onSend', async (request, reply) => {
    const entry = open.get(request)
    if (entry) entry.status = reply.statusCode
  })
  return { entries, counts, arrivals }
}
