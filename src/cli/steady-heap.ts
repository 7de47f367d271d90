/** Commands that may work through any number of returns. */
const long = new Set(['asn:list', 'asn:sync', 'mapping:audit', 'rma:list', 'rma:resolve', 'serve'])

/** Whether what is young gets twice the room when much of it survives. */
const young = { steady: '--semi-space-growth-factor=1', own: '--semi-space-growth-factor=2' }
/** Bytes for what is young, from where on they are not doubled any more. */
const youngEnough = 4_000_000
/** Some 15 MB, should a V8 grow by other rules. */
const mostSurviving = 200
/** Bytes that may be new, alive or not, before all that is dead is taken out; half of what is alive, if that is more. */
const newBytes = 20_000_000

export function maySeeMany(id: string): boolean {
  return long.has(id)
}

/**
 * Keeps the memory of a long run near to what is alive in it. V8 by itself lets garbage pile up as long as the machine has
 * memory: a sync with 40 MB alive then holds 300. It also collects beside the work, and falls behind on a busy machine.
 */
export async function steadyHeap(): Promise<void> {
  const [v8, { runInNewContext }, { PerformanceObserver }] = await Promise.all([
    import('node:v8'),
    import('node:vm'),
    import('node:perf_hooks'),
  ])
  growYoung(v8)
  collectOften(v8, { collect: collector(v8, runInNewContext), PerformanceObserver })
  const set = (how: 'steady' | 'own') => v8.setFlagsFromString(young[how])
  set('steady')
  // Compiled code is only good for a V8 with the same flags: bin/run.js asks for its own while it loads and keeps some.
  Reflect.set(globalThis, Symbol.for('mhloop.heap'), set)
}

type V8 = typeof import('node:v8')

/** V8 doubles it when as much has survived as it holds; left to itself, it would stop at three times the size, or more. */
function growYoung({ getHeapSpaceStatistics }: V8): void {
  const room = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0
  const surviving: object[][] = []
  while (room() < youngEnough && surviving.length < mostSurviving)
    surviving.push(Array.from({ length: 2_000 }, () => ({})))
}

/** V8 shows its own collector to contexts that are made while the flag is set, and to no other. */
function collector({ setFlagsFromString }: V8, runInNewContext: typeof import('node:vm').runInNewContext): () => void {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  return collect
}

type Tools = { collect: () => void; PerformanceObserver: typeof import('node:perf_hooks').PerformanceObserver }

/** V8 takes out what died young every few megabytes: that is the beat, on a slow machine as on a fast one. */
function collectOften({ getHeapStatistics }: V8, { collect, PerformanceObserver }: Tools): void {
  const held = () => {
    const { used_heap_size, external_memory } = getHeapStatistics()
    return used_heap_size + external_memory
  }
  let alive = held()
  new PerformanceObserver(() => {
    if (held() - alive < Math.max(newBytes, alive / 2)) return
    collect()
    alive = held()
  }).observe({ entryTypes: ['gc'] })
}
