/** Commands that may work through any number of returns. */
const long = new Set(['asn:list', 'asn:sync', 'mapping:audit', 'rma:list', 'rma:resolve', 'serve'])

/** In percent of what is alive: how much garbage may pile up before it is taken out. */
const growth = 30
/** Bytes for what is young, from where on they are not doubled any more. */
const youngEnough = 4_000_000

export function maySeeMany(id: string): boolean {
  return long.has(id)
}

/**
 * Keeps the memory of a long run near to what is alive in it. V8 by itself lets garbage pile up as long as the machine has
 * memory: a sync with 40 MB alive then holds 300.
 */
export async function steadyHeap(): Promise<void> {
  const { getHeapSpaceStatistics, setFlagsFromString } = await import('node:v8')
  setFlagsFromString(`--heap-growing-percent=${growth}`)
  const timer = setInterval(() => {
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
    if ((young?.space_size ?? 0) < youngEnough) return
    setFlagsFromString('--semi-space-growth-factor=1')
    clearInterval(timer)
  }, 50)
  timer.unref()
}
