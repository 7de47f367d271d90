import type { Sandbox } from '../../../src/sandbox/sandbox.ts'

/** Process requests to Loop, by return, whatever their outcome: the stand-in's own log is too short for a long run. */
export type Requests = { readonly process: ReadonlyMap<string, number>; watch(): void }

export function watchProcessRequests(sandbox: Sandbox): Requests {
  const process = new Map<string, number>()
  let seen = 0
  return {
    process,
    watch() {
      const { loop, masonhub } = sandbox.requestCounts
      const fresh = sandbox.requests.slice(sandbox.requests.length - Math.min(loop + masonhub - seen, 5_000))
      seen = loop + masonhub
      for (const { method, path } of fresh) {
        const returnId = method === 'POST' ? /\/(\d+)\/process$/.exec(path)?.[1] : undefined
        if (returnId !== undefined) process.set(returnId, (process.get(returnId) ?? 0) + 1)
      }
    },
  }
}
