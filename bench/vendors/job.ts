/**
 * One use case against the vendors of the environment, in a process that does nothing else; prints its cost as JSON.
 * `node bench/vendors/job.ts sync|audit|resolve|nothing [--limits]`
 *
 * Without --limits no request waits for a permit: the rest is what mhloop itself needs.
 */
import { once } from 'node:events'
import { defaultPolicy } from '../../src/core/merchants/policy.ts'
import type { Rate } from '../../src/core/rate-limit/grant-permits.ts'
import { createTransport } from '../../src/http/create-transport.ts'
import { createRateLimiter } from '../../src/http/rate-limit/rate-limit.ts'
import type { RateLimiter } from '../../src/http/rate-limit/rate-limiter.ts'
import { monotonic } from '../../src/http/time.ts'
import { openJournal } from '../../src/journal/open-journal.ts'
import { loopHeaders } from '../../src/loop/authorization.ts'
import { createLoopClient } from '../../src/loop/create-loop-client.ts'
import { createMasonHubClient } from '../../src/masonhub/create-masonhub-client.ts'
import { masonhubHeaders } from '../../src/masonhub/requests/authorization.ts'
import { defaultIntervals, type Merchant } from '../../src/merchants/profiles/merchant.ts'
import { unchanging } from '../../src/merchants/profiles/stored-merchant.ts'
import { destinationIds } from '../../src/sandbox/loop/register.ts'
import { audit } from '../../src/usecases/audit/audit.ts'
import type { MerchantContext } from '../../src/usecases/merchant-context.ts'
import { readyReturns } from '../../src/usecases/resolve/ready.ts'
import { resolveAtOnce } from '../../src/usecases/resolve/resolve-at-once.ts'
import { syncReturns } from '../../src/usecases/sync/sync.ts'
import { type Cost, loopRate, masonhubRate } from './cost.ts'

const [what = 'nothing'] = process.argv.slice(2)
const limits = process.argv.includes('--limits')
const { env } = process
const since = new Date(Date.now() - 59 * 86_400_000).toISOString()

const jobs: Record<string, (context: MerchantContext) => Promise<Record<string, number>>> = {
  nothing: async () => ({}),
  async sync(context) {
    const result = await syncReturns(context, { since, source: 'both', dryRun: false })
    const { created, unchanged, failed, held, skipped } = result
    const counts = { held: held.length, skipped: skipped.length, failed: failed.length }
    return { observed: result.observed, created: created.length, unchanged, ...counts }
  },
  async audit(context) {
    const { checked, findings } = await audit(context, { since })
    return { ...checked, findings: findings.length }
  },
  async resolve(context) {
    const ids = await readyReturns(context)
    const { results } = await resolveAtOnce(context, ids, { requested: 'rules', force: false, note: null, wait: 0 })
    return { ready: ids.length, accepted: results.filter(({ outcome }) => outcome === 'accepted').length }
  },
}

/** A rate limiter with mhloop's limits, or without any; and for how long requests waited for permits. */
function createPacedLimiter(rate: Rate): { limiter: RateLimiter; limitedMs(): number } {
  const real = limits ? createRateLimiter(rate) : null
  let waiting = 0
  let since = 0
  let total = 0
  const limiter: RateLimiter = {
    clock: monotonic,
    pause: (milliseconds) => real?.pause(milliseconds),
    async acquire(options) {
      if (real === null) return 'go'
      if (waiting === 0) since = monotonic()
      waiting += 1
      try {
        return await real.acquire(options)
      } finally {
        waiting -= 1
        if (waiting === 0) total += monotonic() - since
      }
    },
  }
  return { limiter, limitedMs: () => total }
}

const { MHLOOP_LOOP_BASE_URL: loopUrl = '', MHLOOP_MASONHUB_BASE_URL: masonhubUrl = '' } = env
const loopPermits = createPacedLimiter(loopRate)
const masonhubPermits = createPacedLimiter(masonhubRate)
const loop = createTransport({
  vendor: 'loop',
  baseUrl: loopUrl,
  headers: () => loopHeaders(env.MHLOOP_LOOP_API_KEY ?? ''),
  rate: loopPermits.limiter,
})
const masonhub = createTransport({
  vendor: 'masonhub',
  baseUrl: masonhubUrl,
  headers: () => masonhubHeaders(env.MHLOOP_MASONHUB_TOKEN ?? ''),
  rate: masonhubPermits.limiter,
})
const journal = await openJournal(undefined, { dataDir: env.MHLOOP_DATA_DIR ?? '' })
const merchant: Merchant = {
  name: 'bench',
  environment: 'sandbox',
  loop: { baseUrl: loopUrl, requestsPerMinute: 255 },
  masonhub: { baseUrl: masonhubUrl, slug: env.MHLOOP_MASONHUB_SLUG ?? '', requestsPerSecond: 4 },
  policy: {
    ...defaultPolicy,
    refunds: true,
    destinations: [String(destinationIds.masonhub)],
    cutoff: '2000-01-01T00:00:00Z',
    reasons: [{ parentReason: null, reason: 'Too small', code: 'tooSmall' }],
    limits: { ...defaultPolicy.limits, refundsPerHour: 1e6, refundsPerDay: 1e6 },
  },
  intervals: defaultIntervals,
}
const context: MerchantContext = {
  merchant,
  stored: unchanging(merchant),
  loop: createLoopClient(loop, merchant.loop.baseUrl),
  masonhub: createMasonHubClient(masonhub),
  account: () => 'bench',
  journal,
  clock: { now: () => new Date() },
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  actor: 'bench@here',
  progress: () => {},
  signal: new AbortController().signal,
}

const cpu = process.cpuUsage()
const start = performance.now()
const done = await (jobs[what] ?? jobs.nothing)?.(context)
const wallMs = performance.now() - start
const { user, system } = process.cpuUsage(cpu)
const cost: Cost = {
  done: done ?? {},
  wallMs,
  cpuMs: (user + system) / 1000,
  peakMb: process.resourceUsage().maxRSS / 1024,
  limitedMs: Math.max(loopPermits.limitedMs(), masonhubPermits.limitedMs()),
}
await journal.close()
loop.close()
masonhub.close()
if (!process.stdout.write(`${JSON.stringify(cost)}\n`)) await once(process.stdout, 'drain')
