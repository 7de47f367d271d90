/** Webhooks that are stored and acknowledged: requests per second and the 99th percentile, at 32 connections. */
import { fork } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endpointPaths } from '../src/receiver/endpoint-paths.ts'
import { type Part, tableOf } from './part.ts'
import { median, quantile } from './statistics.ts'

const connections = 32
const seconds = 4

type Run = { perSecond: number; p50: number; p99: number }

export const receiver: Part = {
  name: 'receiver',
  title: 'Receiver',
  async measure({ print, quick }) {
    const runs = quick ? 1 : 3
    const kinds = ['ours', 'bare'] as const
    const measured: Record<(typeof kinds)[number], Run[]> = { ours: [], bare: [] }
    for (let count = 1; count <= runs; count += 1) {
      for (const kind of kinds) {
        print(`${kind}, ${count} of ${runs}`)
        measured[kind].push(await load(kind))
      }
    }
    const names = { ours: 'mhloop (signature checked, stored in the journal)', bare: 'bare server, a sync per request' }
    const rows = kinds.map((kind) => {
      const of = (what: keyof Run) => median(measured[kind].map((run) => run[what]))
      return [names[kind], of('perSecond').toFixed(0), `${of('p50').toFixed(1)} ms`, `${of('p99').toFixed(1)} ms`]
    })
    return [
      `Each request is on the disk (a full sync) before it is answered; mhloop syncs once for all that wait. ${connections} connections that send their next message as soon as the last is acknowledged, ${seconds} s a run, medians of ${runs} runs. Sender and server share the machine.`,
      '',
      tableOf(['server', 'requests per second', 'median', 'p99'], rows),
    ].join('\n')
  },
}

async function load(kind: 'ours' | 'bare'): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'mhloop-bench-'))
  const child = fork(fileURLToPath(new URL('./receiver-process.ts', import.meta.url)), [kind, folder])
  try {
    const [url] = (await once(child, 'message')) as [string]
    const target = new URL(kind === 'ours' ? `${url}${endpointPaths('k'.repeat(43)).loop}` : url)
    const agent = new Agent({ keepAlive: true, maxSockets: connections })
    const times: number[] = []
    let sent = 0
    const until = performance.now() + seconds * 1000
    const sender = async () => {
      while (performance.now() < until) {
        sent += 1
        times.push(await post(target, agent, sent))
      }
    }
    await Promise.all(Array.from({ length: connections }, sender))
    agent.destroy()
    return { perSecond: times.length / seconds, p50: quantile(times, 0.5), p99: quantile(times, 0.99) }
  } finally {
    child.disconnect()
    if (child.exitCode === null) await once(child, 'exit')
    await rm(folder, { recursive: true, force: true })
  }
}

/** Sends one webhook, each different; returns the milliseconds until it was acknowledged. */
async function post(target: URL, agent: Agent, number: number): Promise<number> {
  const body = JSON.stringify({ topic: 'return', trigger: 'return.updated', id: String(number), state: 'open' })
  const signature = createHmac('sha256', 'loop-secret').update(body).digest('base64')
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-loop-signature': signature,
  }
  const start = performance.now()
  const incoming = request(target, { method: 'POST', agent, headers }).end(body)
  const [response] = await once(incoming, 'response')
  response.resume()
  await once(response, 'end')
  if (response.statusCode !== 200) throw new Error(`a message was answered with ${response.statusCode}`)
  return performance.now() - start
}
