/**
 * Runs in a child of the kill loop before the program: sets the world's time, reports each crash point that the child
 * passes, and kills or freezes the child at the scheduled ones. The program does not know of it: its modules are
 * wrapped when they are bundled (program.ts), and node:sqlite and node:http, which they use, are watched.
 *
 * Descriptor 3 gets `passed POINT`, `killed POINT`, `frozen POINT`, one per line.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import { openSync, readSync, writeSync } from 'node:fs'
import type { ClientRequest } from 'node:http'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { DatabaseSync } from 'node:sqlite'
import type { Transport } from '../../../src/http/transport.ts'
import type { Vendor } from '../../../src/http/vendor-faults.ts'
import type { Effect, EffectKind, Journal } from '../../../src/journal/journal.ts'

const { CRASH_AT = '', CRASH_COUNT = '1', CRASH_HOW = 'kill', CRASH_TIME = '', CRASH_CACHE = '' } = process.env
const notified = 3

const deadly = new Set(CRASH_AT.split(','))
let remaining = Number(CRASH_COUNT)
const written = new Set<string>()

/** One place between two steps of the program. */
function at(point: string): void {
  if (!written.has(point)) {
    // A killed process does not store what it compiled, so the next one would compile everything again.
    if (written.size === 0) flushCompileCache()
    written.add(point)
    writeSync(notified, `passed ${point}\n`)
  }
  if (!deadly.has(point) || remaining <= 0) return
  remaining -= 1
  if (remaining > 0) return
  const freeze = CRASH_HOW === 'freeze'
  writeSync(notified, `${freeze ? 'frozen' : 'killed'} ${point}\n`)
  process.kill(process.pid, freeze ? 'SIGSTOP' : 'SIGKILL')
}

/** Ends the child when its parent ends. */
function exitWithParent(): void {
  const parent = process.ppid
  const watch = () => process.ppid === parent || process.kill(process.pid, 'SIGKILL')
  setInterval(watch, 1_000).unref()
}

/** Changes the wall clock only: timers and the monotonic clock stay as they are. */
function liveInWorldTime(): void {
  const RealDate = Date
  const file = openSync(CRASH_TIME, 'r')
  const bytes = Buffer.alloc(8)
  const now = () => {
    readSync(file, bytes, 0, 8, 0)
    return RealDate.now() + bytes.readDoubleLE()
  }
  class WorldDate extends RealDate {
    constructor(...args: unknown[]) {
      // The real constructor takes one to seven arguments, or none for the current time.
      super(...((args.length === 0 ? [now()] : args) as [number]))
    }
    static override now(): number {
      return now()
    }
  }
  globalThis.Date = WorldDate as DateConstructor
}

/** What the journal is doing, from the call to the commit. */
const doing = new AsyncLocalStorage<string>()

/** Every transaction ends with `exec('commit')`: before it nothing is durable, after it everything is. */
function watchTransactions(): void {
  const real = DatabaseSync.prototype.exec
  DatabaseSync.prototype.exec = function exec(sql: string) {
    if (sql !== 'commit') return real.call(this, sql)
    const what = doing.getStore() ?? 'migrate'
    at(`${what}: before commit`)
    real.call(this, sql)
    at(`${what}: after commit`)
  }
}

/** Node itself reports the bytes of requests and of answers that have left. */
function watchRequests(): void {
  subscribe('http.client.request.created', (message) => {
    const { request } = message as { request: ClientRequest }
    const vendor = request.path.includes('/api/v1/') ? 'masonhub' : 'loop'
    const name = asking.getStore() ?? requestName(vendor, request.method, request.path)
    request.once('finish', () => at(`${name}: sent`))
  })
  subscribe('http.server.response.finish', (message) => {
    const { request } = message as { request: { url?: string } }
    if (request.url?.startsWith('/in/')) at('message: answered')
  })
}

/** The current request: a claim and a flag's note go to the same path. */
const asking = new AsyncLocalStorage<string>()

function requestName(vendor: Vendor, method: string, path: string, body?: unknown): string {
  const [bare = ''] = path.split('?')
  if (method === 'GET' && bare.endsWith('/notes')) return 'read notes'
  if (method === 'POST' && bare.endsWith('/note') && JSON.stringify(body)?.includes('[mhloop-claim ')) return 'claim'
  const action = /\/(process|flag|note)$/.exec(bare)?.[1]
  if (method === 'POST' && action !== undefined) return action
  const write = { POST: 'create', PUT: 'update', DELETE: 'delete' }[method]
  if (write !== undefined && bare.endsWith('/rmas')) return `rma.${write}`
  return vendor === 'masonhub' ? 'read MasonHub' : 'read Loop'
}

type Any = (...all: never[]) => unknown
type Group = Record<string, Any>

/** The program's own modules, by file, and what replaces their exports. */
const wrappers: Record<string, Record<string, (real: Any) => Any>> = {
  'journal/open-journal': {
    openJournal:
      (real) =>
      async (...all) =>
        wrapJournal((await real(...all)) as Journal),
  },
  'http/create-transport': {
    createTransport:
      (real) =>
      (...all) =>
        wrapTransport(real(...all) as Transport, (all[0] as unknown as { vendor: Vendor }).vendor),
  },
  // The vendors' limits are not the subject here, and would only delay the kills.
  'http/rate-limit/rate-limit': { sharedRateLimiter: () => () => unlimited },
}

const unlimited = { acquire: async () => 'go', pause: () => undefined, clock: () => performance.now() }

function wrapTransport(transport: Transport, vendor: Vendor): Transport {
  return {
    send: async (request) => {
      const name = requestName(vendor, request.method, request.path, request.body)
      at(`${name}: before sending`)
      const outcome = await asking.run(name, () => transport.send(request))
      at(`${name}: answered`)
      return outcome
    },
    get count() {
      return transport.count
    },
    get writing() {
      return transport.writing
    },
    close: () => transport.close(),
  }
}

/** Effects that this process has seen, so that a point can be named by the kind of its effect. */
const kinds = new Map<string, EffectKind>()
const kindOf = (effectId: unknown) => kinds.get(String(effectId)) ?? 'effect'

/** The names of the journal's writes, from their arguments. */
const names: Record<string, (first: unknown, second: unknown) => string> = {
  'effects.plan': (effect) => `plan ${(effect as Effect).kind}`,
  'effects.planMany': (effects) => `plan ${(effects as Effect[])[0]?.kind}`,
  'effects.claim': (id) => `claim ${kindOf(id)}`,
  'effects.claimMany': (ids) => `claim ${kindOf((ids as string[])[0])}`,
  'effects.claimRefund': () => 'claim process',
  'claims.win': () => 'win claim',
  'claims.giveUp': () => 'give up claim',
  'effects.settle': (id, change) => `settle ${kindOf(id)} ${(change as { to: string }).to}`,
  'effects.settleMany': (changes) => {
    const [first] = changes as { effectId: string; to: string }[]
    return `settle ${kindOf(first?.effectId)} ${first?.to}`
  },
  'links.see': () => 'see returns',
  'links.setStatus': () => 'file returns',
  'history.append': () => 'append history',
  'cursors.advance': () => 'advance cursor',
  'leases.acquire': () => 'acquire lease',
  'leases.release': () => 'release lease',
  'events.storeMany': () => 'store message',
  'events.take': () => 'take messages',
  'events.giveBack': () => 'give messages back',
  'events.settleMany': (changes) => `settle message ${(changes as { state: string }[])[0]?.state}`,
  'events.forgetBodies': () => 'forget bodies',
}

function wrapJournal(journal: Journal): Journal {
  const groups = ['effects', 'claims', 'links', 'history', 'cursors', 'leases', 'events'] as const
  for (const name of Object.keys(names)) {
    const [group, member] = name.split('.') as [(typeof groups)[number], string]
    // Otherwise a renamed write would silently stop being a kill point.
    if (!(member in journal[group])) throw new Error(`the journal no longer has ${name}: mend the names of its writes`)
  }
  const wrapped = groups.map((group) => [group, wrapGroup(group, journal[group] as unknown as Group)])
  return { ...journal, ...Object.fromEntries(wrapped) }
}

function wrapGroup(group: string, members: Group): Group {
  const entries = Object.entries(members).map(([name, member]): [string, Any] => {
    const nameOf = names[`${group}.${name}`]
    if (name === 'outline') return [name, pagesOf(member as unknown as Pages)]
    const call = async (...all: never[]) => {
      const what = nameOf?.(all[0], all[1])
      const result = await (what === undefined ? member(...all) : doing.run(what, () => member(...all)))
      remember(result)
      return result
    }
    return [name, call]
  })
  return Object.fromEntries(entries)
}

type Pages = (...all: never[]) => AsyncIterable<unknown>

function pagesOf(pages: Pages): Any {
  return async function* (...all) {
    for await (const page of pages(...all)) {
      remember(page)
      yield page
    }
  }
}

function remember(result: unknown): void {
  for (const one of [result].flat() as Partial<Effect>[]) {
    if (typeof one?.effectId === 'string' && one.kind !== undefined) kinds.set(one.effectId, one.kind)
  }
}

exitWithParent()
liveInWorldTime()
watchTransactions()
watchRequests()
// The modules that program.ts writes use these.
Object.assign(globalThis, { crashWrappers: wrappers })
enableCompileCache(CRASH_CACHE)
