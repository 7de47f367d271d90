import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FaultName } from '../../../src/sandbox/fault-injection.ts'
import type { Harness } from '../harness.ts'
import { startHarness } from '../harness.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into foreign JSON
export type Json = any
export type Received = { path: string; headers: IncomingHttpHeaders; raw: Buffer; body: Json }
type Reaction = { status: number; headers?: Record<string, string> } | 'hang' | 'cut'

/** A receiver on this machine that records what it gets, and answers with one planned reaction per request. */
export type Receiver = {
  url: string
  received: Received[]
  /** Reactions to the next requests; later ones get 200. */
  reactions: Reaction[]
  /** The reaction when none is planned. */
  usual: Reaction
  close(): Promise<void>
}

export async function openReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks)
      receiver.received.push({
        path: request.url ?? '',
        headers: request.headers,
        raw,
        body: JSON.parse(raw.toString('utf8')),
      })
      react(response, receiver.reactions.shift() ?? receiver.usual)
    })
  })
  const receiver: Receiver = {
    url: '',
    received: [],
    reactions: [],
    usual: { status: 200 },
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return receiver
}

function react(response: ServerResponse, reaction: Reaction): void {
  if (reaction === 'hang') return
  if (reaction === 'cut') response.destroy()
  else response.writeHead(reaction.status, reaction.headers).end('{}')
}

/** A sandbox with a manual clock, and a receiver of its messages. */
export type Line = Harness & {
  receiver: Receiver
  fault(name: FaultName, value: number): void
  /** Registers a webhook through the API; returns its id. */
  webhook(topic: string, trigger: string, changes?: Record<string, unknown>): Promise<number>
  /** Registers a callback through the API. */
  callback(messageType: string, apiVersion: '1.0' | '2.0', token?: string): Promise<void>
  /** Advances the clock, and waits for every attempt that this starts. */
  pass(milliseconds: number): Promise<void>
  close(): Promise<void>
}

export async function openLine(faults: Record<string, number> = {}): Promise<Line> {
  const receiver = await openReceiver()
  const calm = { 'masonhub.quirks': 0, 'masonhub.shuffle-results': 0, 'loop.webhook-numeric-ids': 0 }
  const harness = await startHarness({ faults: { ...calm, ...faults } })
  const { sandbox, clock } = harness
  return {
    ...harness,
    receiver,
    fault: (name, value) => sandbox.world.faults.set(name, value),
    async webhook(topic, trigger, changes = {}) {
      const requested = { topic, trigger, url: `${receiver.url}/loop`, status: 'active', ...changes }
      return (await harness.post('/webhooks', requested)).body.id
    },
    async callback(messageType, apiVersion, token) {
      const record = { url: `${receiver.url}/masonhub`, message_type: messageType, api_version: apiVersion, token }
      await fetch(`${sandbox.masonhubBaseUrl}/callbacks`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${sandbox.world.installed.masonhubToken}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify([record]),
      })
    },
    async pass(milliseconds) {
      clock.advance(milliseconds)
      await sandbox.deliveries.settled()
    },
    async close() {
      await sandbox.stop()
      await receiver.close()
    },
  }
}
