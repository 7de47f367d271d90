import type { Journal } from '../../src/journal/journal.ts'
import type { MerchantContext } from '../../src/usecases/merchant-context.ts'
import type { Harness } from './harness.ts'

/** These functions return pages, not a promise, or answer at once. */
const unpromised = new Set(['list', 'created', 'outline', 'isInPlace'])

type Around = (call: () => Promise<unknown>, name: string) => Promise<unknown>

/** The same object, with `around` called for each call of its functions, at any depth. */
export function withCalls<Target extends object>(target: Target, around: Around, prefix = ''): Target {
  return new Proxy(target, {
    get(object, key) {
      const value: unknown = Reflect.get(object, key)
      const name = `${prefix}${String(key)}`
      if (typeof value === 'function' && key === 'asn') {
        return async function* (...args: unknown[]) {
          yield* (await around(
            async () => await Array.fromAsync(Reflect.apply(value, object, args)),
            name,
          )) as unknown[]
        }
      }
      if (typeof value === 'function' && !unpromised.has(String(key))) {
        return (...args: unknown[]) => around(async () => await Reflect.apply(value, object, args), name)
      }
      return typeof value === 'object' && value !== null ? withCalls(value, around, `${name}.`) : value
    },
  })
}

/** Ends a simulated process: nothing catches this error, and nothing after it runs. */
export class Killed extends Error {
  override readonly name = 'Killed'
}

/** When the process is killed: at call number `at` of those that `counts`, before or after the call takes effect. */
export type PlannedKill = { at: number; effect: 'before' | 'after'; counts?: (name: string) => boolean }

/**
 * A context that is killed at one call of its journal or vendors. From then on every call fails, so that not even a
 * lease is released. `calls`: names of the calls so far.
 */
export function killable(
  context: MerchantContext,
  kill: PlannedKill,
): { context: MerchantContext; calls: string[]; dead(): boolean } {
  const calls: string[] = []
  const { counts = () => true } = kill
  let dead = false
  let counted = 0
  const around: Around = async (call, name) => {
    if (dead) throw new Killed(name)
    counted += Number(counts(name))
    const dies = counts(name) && counted === kill.at
    dead ||= dies
    calls.push(name)
    if (dies && kill.effect === 'before') throw new Killed(name)
    const result = await call()
    if (dies) throw new Killed(name)
    return result
  }
  return {
    context: {
      ...context,
      loop: withCalls(context.loop, around, 'loop.'),
      masonhub: withCalls(context.masonhub, around, 'masonhub.'),
      journal: withCalls(context.journal, around, 'journal.'),
    },
    calls,
    dead: () => dead,
  }
}

/** Ignores the kill that a test planned, and no other error. */
export async function untilKilled(work: Promise<unknown>): Promise<'killed' | 'done'> {
  try {
    await work
    return 'done'
  } catch (error) {
    if (error instanceof Killed) return 'killed'
    throw error
  }
}

/** A mutex: runs one call at a time, in the order of the requests. */
export function createMutex(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const round = last.then(work, work)
    last = round.catch(() => undefined)
    return round
  }
}

/**
 * A worker in another process on the same journal: it has its own connection, and pauses at random before each call, so
 * that two of them interleave differently in each run. A transaction is one call; the mutex keeps the two connections
 * of this one thread from blocking each other. Leases are left out, because they only save work (F8).
 */
export async function concurrentWorker(
  at: Harness,
  mutex: ReturnType<typeof createMutex>,
  { random, actor }: { random: () => number; actor: string },
) {
  const journal = withCalls(withoutFence(await at.secondJournal()), async (call, name) => {
    for (let waits = Math.floor(random() * 4); waits > 0; waits -= 1) await new Promise(setImmediate)
    if (name === 'leases.acquire') return true
    return await mutex(call)
  })
  return at.worker({ journal, actor })
}

/** The journal without leases: claims must hold without them, because leases only save work. */
function withoutFence(journal: Journal): Journal {
  const claimRefund: Journal['effects']['claimRefund'] = (effectId, owner, at, { lease: _, ...limits }) =>
    journal.effects.claimRefund(effectId, owner, at, limits)
  const win: Journal['claims']['win'] = (nonce, at) => journal.claims.win(nonce, at, {})
  return { ...journal, effects: { ...journal.effects, claimRefund }, claims: { ...journal.claims, win } }
}
