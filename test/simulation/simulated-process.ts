/** One run of one of our processes: it has its own clock, may freeze, and may be killed at any step (C4, C5). */
import type { World } from './world.ts'

export type SimulatedProcess = {
  readonly name: string
  readonly alive: boolean
  /** The time by its own clock. */
  now(): number
  /**
   * Does the work at this time of the world, and then resumes its caller with the result, unless the process was killed
   * by then; a frozen process resumes later.
   */
  step<Result>(at: number, work: () => Result | Promise<Result>): Promise<Result>
  sleep(milliseconds: number): Promise<void>
  kill(): void
  freeze(until: number): void
  /** From now on, its clock is wrong by this much. */
  jump(milliseconds: number): void
}

export function createProcess(world: World, name: string): SimulatedProcess {
  let alive = true
  let frozenUntil = 0
  let offset = 0
  const simulated: SimulatedProcess = {
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
            // A call of the journal completes before anything else happens, so its transaction is one step.
            Promise.resolve(work()).then(resolve, reject)
          } catch (error) {
            reject(error)
          }
        }
        world.resume(at, go)
      })
    },
    sleep: (milliseconds) => simulated.step(world.now() + milliseconds, () => undefined),
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
  return simulated
}

const minute = 60_000

/** Injects a fault into a process at one of its steps. */
export function injectFaults(world: World, simulated: SimulatedProcess): void {
  const random = world.random('machines')
  if (world.hits('process killed', 'all')) simulated.kill()
  else if (world.hits('process frozen', 'all'))
    simulated.freeze(world.now() + random.pick([1, 12_000, 70_000, 4 * minute, 40 * minute]))
}
