/** One run of one of our processes: it has a clock of its own, may freeze, and may die at any step (C4, C5). */
import type { World } from './world.ts'

export type Life = {
  readonly name: string
  readonly alive: boolean
  /** Its own clock. */
  now(): number
  /**
   * Does something at a moment of the world and lets its caller go on with what came of it, unless the process is dead by
   * then; a frozen one does it later.
   */
  step<Result>(at: number, work: () => Result | Promise<Result>): Promise<Result>
  sleep(milliseconds: number): Promise<void>
  kill(): void
  freeze(until: number): void
  /** Its clock is wrong by this much from now on. */
  jump(milliseconds: number): void
}

export function createLife(world: World, name: string): Life {
  let alive = true
  let frozenUntil = 0
  let offset = 0
  const life: Life = {
    name,
    get alive() {
      return alive
    },
    now: () => world.now() + offset,
    step(at, work) {
      return new Promise((resolve, reject) => {
        const go = () => {
          if (!alive) return
          if (frozenUntil > world.now()) return world.resume(frozenUntil, go)
          try {
            // A promise of the journal is through before anything else happens, so its transaction is one step.
            Promise.resolve(work()).then(resolve, reject)
          } catch (error) {
            reject(error)
          }
        }
        world.resume(at, go)
      })
    },
    sleep: (milliseconds) => life.step(world.now() + milliseconds, () => undefined),
    kill() {
      alive = false
      world.note(`${name} killed`)
    },
    freeze(until) {
      frozenUntil = until
      world.note(`${name} frozen`)
    },
    jump(milliseconds) {
      offset = milliseconds
    },
  }
  return life
}

const minute = 60_000

/** What may befall a process at any of its steps. */
export function injectFaults(world: World, life: Life): void {
  const random = world.random('machines')
  if (world.hits('process killed', 'all')) life.kill()
  else if (world.hits('process frozen', 'all'))
    life.freeze(world.now() + random.pick([1, 12_000, 70_000, 4 * minute, 40 * minute]))
}
