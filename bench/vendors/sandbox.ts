import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Counts, Order } from './sandbox-process.ts'

export type RemoteSandbox = {
  environment: Record<string, string>
  ask(order: Extract<Order, { what: 'counts' }>): Promise<Counts>
  ask(order: Order): Promise<unknown>
  stop(): Promise<void>
}

/** Starts both vendors in another process, so that their cost is not counted as mhloop's. */
export async function remoteSandbox(): Promise<RemoteSandbox> {
  const child = fork(fileURLToPath(new URL('./sandbox-process.ts', import.meta.url)), {
    execArgv: ['--max-old-space-size=8192'],
  })
  const { loopBaseUrl, masonhubBaseUrl, installed } = (await next(child)) as {
    loopBaseUrl: string
    masonhubBaseUrl: string
    installed: { loopApiKey: string; masonhubToken: string; slug: string }
  }
  return {
    environment: {
      MHLOOP_LOOP_BASE_URL: loopBaseUrl,
      MHLOOP_LOOP_API_KEY: installed.loopApiKey,
      MHLOOP_MASONHUB_BASE_URL: masonhubBaseUrl,
      MHLOOP_MASONHUB_TOKEN: installed.masonhubToken,
      MHLOOP_MASONHUB_SLUG: installed.slug,
    },
    async ask(order: Order) {
      child.send(order)
      return (await next(child)) as never
    },
    async stop() {
      child.disconnect()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

async function next(child: ChildProcess): Promise<unknown> {
  const [message] = (await once(child, 'message')) as [{ answer: unknown }]
  return message.answer
}
