import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { NewEvent } from '../../src/journal/journal.ts'
import { createReceiver } from '../../src/receiver/create-receiver.ts'
import { createWatch } from '../../src/receiver/create-watch.ts'
import { endpointPaths } from '../../src/receiver/endpoint-paths.ts'
import type { Endpoint, Receiver, ReceiverOptions, WatchOptions } from '../../src/receiver/receiver.ts'

export const at = '2026-03-01T12:00:00.000Z'
export const key = 'k'.repeat(43)
export const paths = endpointPaths(key)
export const endpoint: Endpoint = {
  merchant: 'acme',
  key,
  loopSecrets: ['loop-secret'],
  callbackTokens: ['callback-token'],
}

export type Opened = {
  receiver: Receiver
  url: string
  /** The stored events, in order. */
  stored: NewEvent[]
  /** Number of events in each call of `store`. */
  calls: number[]
  woken: string[]
  logged: { level: string; event: string; merchant?: string; detail?: string }[]
}

/** A receiver on a free port; its store is a list that recognises repetitions as the journal does. */
export async function openReceiver(change: Partial<ReceiverOptions> = {}): Promise<Opened> {
  const stored: NewEvent[] = []
  const calls: number[] = []
  const woken: string[] = []
  const logged: Opened['logged'] = []
  const seen = new Set<string>()
  const receiver = await createReceiver({
    endpoints: [endpoint],
    host: '127.0.0.1',
    port: 0,
    tls: null,
    store: async (events) => {
      calls.push(events.length)
      return events.map((event) => {
        const id = JSON.stringify([event.merchant, event.source, event.digest])
        if (seen.has(id)) return false
        seen.add(id)
        stored.push(event)
        return true
      })
    },
    wake: (merchant) => woken.push(merchant),
    now: () => new Date(at),
    log: (entry) => logged.push(entry),
    ...change,
  })
  return { receiver, url: receiver.url, stored, calls, woken, logged }
}

/** Opens the address for monitoring on a free port. */
export async function openWatch(change: Partial<WatchOptions> = {}) {
  const logged: Opened['logged'] = []
  const watch = await createWatch({
    host: '127.0.0.1',
    port: 0,
    readiness: async () => ({ ready: true, journal: null, settings: null, oldestEventSeconds: null, merchants: [] }),
    metrics: () => 'mhloop_up 1\n',
    log: (entry) => logged.push(entry),
    ...change,
  })
  return { ...watch, logged }
}

export function sign(body: string | Buffer, secret = 'loop-secret'): string {
  return createHmac('sha256', secret).update(body).digest('base64')
}

export function webhook(change: Record<string, unknown> = {}): string {
  return JSON.stringify({ topic: 'return', trigger: 'return.created', id: '99904598', state: 'open', ...change })
}

export function callback(rows: unknown, change: Record<string, unknown> = {}): string {
  return JSON.stringify({ message_type: 'rmaEvent', message_id: 'm1', api_version: '2.0', data: rows, ...change })
}

/** Sends a signed webhook to the merchant's endpoint. */
export function sendLoop(url: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}${paths.loop}`, {
    method: 'POST',
    body: Buffer.from(body),
    headers: { 'content-type': 'application/json', 'x-loop-signature': sign(body), ...headers },
  })
}

/** Sends a callback with the right token to the merchant's endpoint. */
export function sendMasonHub(url: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}${paths.masonhub}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', authorization: 'Bearer callback-token', ...headers },
  })
}

export type Answered = { status: number; headers: Record<string, unknown>; body: string }

/** Sends a request of any shape, without the corrections that `fetch` would make. */
export function send(
  url: string,
  { path, method = 'POST', headers = {}, body = '', localAddress }: SendOptions,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const from = localAddress === undefined ? {} : { localAddress }
    const outgoing = request({ hostname, port, path, method, headers, agent: false, ...from }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk) => {
        text += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }))
      answer.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

type SendOptions = {
  path: string
  method?: string
  headers?: Record<string, string>
  body?: string | Buffer
  localAddress?: string
}

/** Opens a connection and sends these lines; resolves with the answer once the server has closed the connection. */
export function untilClosed(url: string, lines: string): Promise<string> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname, () => socket.write(lines))
    let answered = ''
    socket.setEncoding('utf8')
    socket.on('data', (chunk) => {
      answered += chunk
    })
    // A reset closes the connection, too.
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(answered))
  })
}

/** Opens a connection that sends nothing; `localAddress`: another loopback address to connect from. */
export async function connected(url: string, localAddress = '127.0.0.1'): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), localAddress })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}
