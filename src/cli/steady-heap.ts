/** Commands that may work through any number of returns. */
const long = new Set(['asn:list', 'asn:sync', 'mapping:audit', 'rma:list', 'rma:resolve', 'serve'])

/** How much garbage may pile up before it is taken out, in percent of what is alive; V8's own is 0, as it sees fit. */
const growth = { steady: '--heap-growing-percent=30', own: '--heap-growing-percent=0' }
/** Whether what is young gets twice the room when much of it survives. */
const young = { steady: '--semi-space-growth-factor=1', own: '--semi-space-growth-factor=2' }
/** Bytes for what is young, from where on they are not doubled any more. */
const youngEnough = 4_000_000
/** Some 15 MB, should a V8 grow by other rules. */
const mostSurviving = 200

export function maySeeMany(id: string): boolean {
  return long.has(id)
}

/**
 * Keeps the memory of a long run near to what is alive in it. V8 by itself lets garbage pile up as long as the machine has
 * memory: a sync with 40 MB alive then holds 300.
 */
export async function steadyHeap(): Promise<void> {
  const { getHeapSpaceStatistics, setFlagsFromString } = await import('node:v8')
  const youngRoom = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0
  growYoung(youngRoom)
  const set = (how: 'steady' | 'own') => {
    setFlagsFromString(growth[how])
    setFlagsFromString(young[how])
  }
  set('steady')
  // Compiled code is only good for a V8 with the same flags: bin/run.js asks for its own while it loads and keeps some.
  Reflect.set(globalThis, Symbol.for('mhloop.heap'), set)
}

/** V8 doubles it when as much has survived as it holds; left to itself, it would stop at three times the size, or more. */
function growYoung(room: () => number): void {
  const surviving: object[][] = []
  while (room() < youngEnough && surviving.length < mostSurviving)
    surviving.push(Array.from({ length: 2_000 }, () => ({})))
}
