import { countReasons, type ReasonCounts } from '../../core/reasons/reason-counts.ts'
import type { LoopReturn } from '../../core/returns/return.ts'
import { printable } from '../../core/text/printable.ts'
import type { LoopClient } from '../../loop/client.ts'
import type { ResolvedMerchant } from '../../merchants/profiles/resolve-merchant.ts'
import { createVendorClients, type VendorClientOptions } from '../vendors/vendor-clients.ts'

/** How many days back reasons are looked for by default: a season, long enough to see rare ones. */
export const reasonDays = 120

export type SeenReasons = ReasonCounts & {
  window: { from: string; to: string }
  /** Returns that Loop lists and whose record can't be read: their reasons are not counted. */
  unreadable: { returnId: string; message: string }[]
}

export type SeenReasonsQuery = {
  window: { from: string; to: string }
  /** Loop destination ids; empty: every destination. */
  destinations: readonly string[]
  signal?: AbortSignal
  /** Called with the number of returns of each page. */
  onRead?: (returns: number) => void
}

/** The reasons that shoppers chose in returns created in a window, with their counts. Reads Loop, writes nothing. */
export async function seenReasons(loop: Pick<LoopClient, 'list'>, query: SeenReasonsQuery): Promise<SeenReasons> {
  const { window, destinations, signal, onRead } = query
  // By id: a return that changed while the list was read comes again.
  const returns = new Map<string, LoopReturn>()
  const unreadable = new Map<string, string>()
  const pages = loop.list({
    ...window,
    filter: 'created_at',
    ...(signal ? { signal } : {}),
    onUnreadable: ({ returnId, where }) => unreadable.set(returnId, `at ${printable(where, 80)}`),
  })
  for await (const page of pages) {
    for (const one of page) returns.set(one.returnId, one)
    onRead?.(page.length)
  }
  return {
    ...countReasons([...returns.values()], destinations),
    window,
    unreadable: [...unreadable].map(([returnId, where]) => ({
      returnId,
      message: `Return ${returnId} can't be read, ${where}: its reasons are not counted.`,
    })),
  }
}

/** The same for a merchant and its destinations, with a client of its own. */
export async function seenReasonsOf(
  { merchant, credentials }: Pick<ResolvedMerchant, 'merchant' | 'credentials'>,
  query: Omit<SeenReasonsQuery, 'destinations'> & Pick<VendorClientOptions, 'env' | 'onRequest' | 'timeout'>,
): Promise<SeenReasons> {
  const { env, onRequest, timeout, ...requested } = query
  const connections = await createVendorClients(merchant, credentials, {
    ...(env === undefined ? {} : { env }),
    ...(onRequest === undefined ? {} : { onRequest }),
    ...(timeout === undefined ? {} : { timeout }),
  })
  try {
    return await seenReasons(connections.loop, { ...requested, destinations: merchant.policy.destinations })
  } finally {
    connections.close()
  }
}
