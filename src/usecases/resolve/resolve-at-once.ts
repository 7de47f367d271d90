import { isAboutOne } from '../../core/errors/about-one.ts'
import { Fault } from '../../core/errors/fault.ts'
import type { MerchantContext } from '../merchant-context.ts'
import { proposeAll } from './propose.ts'
import { type ResolveRequest, readTogether } from './resolve.ts'
import { resolveMany } from './resolve-many.ts'
import { notRead, type Resolved, untouched } from './results.ts'

/**
 * Reads and resolves some returns, then the next ones, for callers that show no plan first: each is read once, right
 * before it is acted on. A fault before any result is thrown; a later one stops the rest.
 */
export async function resolveAtOnce(
  context: MerchantContext,
  returnIds: readonly string[],
  request: ResolveRequest,
): Promise<{ results: Resolved[]; stoppedBy: Fault | null }> {
  const results: Resolved[] = []
  // Progress is reported for the whole run.
  const quiet = { ...context, progress: () => {} }
  let stoppedBy: Fault | null = null
  for (let start = 0; start < returnIds.length; start += readTogether) {
    const some = returnIds.slice(start, start + readTogether)
    if (stoppedBy !== null || context.signal.aborted) {
      results.push(...some.map((returnId) => untouched({ returnId, action: 'none' }, stoppedBy)))
      continue
    }
    try {
      const { proposals, unread } = await proposeAll(quiet, some, request)
      const resolved = await resolveMany(quiet, proposals, request)
      results.push(...resolved.results, ...unread)
      stoppedBy = resolved.stoppedBy
    } catch (error) {
      if (results.length === 0) throw error
      const failed = unresolved(context, some, error)
      results.push(...failed.results)
      stoppedBy = failed.stoppedBy
    }
    context.progress({ label: 'Resolving returns', done: start + some.length, total: returnIds.length })
  }
  return { results, stoppedBy }
}

/** The results of returns that could not be read. Throws an internal error. */
function unresolved(
  { signal }: MerchantContext,
  some: readonly string[],
  error: unknown,
): { results: Resolved[]; stoppedBy: Fault | null } {
  // Ctrl-C while they were read: nothing was sent for them, and what was sent before must still be reported.
  if (signal.aborted && error === signal.reason)
    return { results: some.map((returnId) => untouched({ returnId, action: 'none' }, null)), stoppedBy: null }
  if (!(error instanceof Fault)) throw error
  const results = some.map((returnId) => notRead(returnId, error))
  return { results, stoppedBy: isAboutOne(error) ? null : error }
}
