/**
 * Work that is due at a time (milliseconds since 1970). Kept in a binary heap, because a sandbox with 100,000 returns
 * plans that much work.
 */
export type DueWork = { at: number; order: number; work: () => void }

export type Scheduler = {
  add(at: number, work: () => void): void
  /** The time of the next due work; null when there is none. */
  nextAt(): number | null
  /**
   * Removes and returns the earliest work that is due at or before `now`; work of the same time comes in the order it
   * was added.
   */
  takeDue(now: number): DueWork | null
  clear(): void
  readonly size: number
}

export function createScheduler(): Scheduler {
  const heap: DueWork[] = []
  let order = 0
  return {
    add(at, work) {
      order += 1
      heap.push({ at, order, work })
      rise(heap, heap.length - 1)
    },
    nextAt: () => heap[0]?.at ?? null,
    takeDue(now) {
      const first = heap[0]
      if (!first || first.at > now) return null
      const last = heap.pop()
      if (last && last !== first) {
        heap[0] = last
        sink(heap, 0)
      }
      return first
    },
    clear() {
      heap.length = 0
    },
    get size() {
      return heap.length
    },
  }
}

function rise(heap: DueWork[], start: number): void {
  let index = start
  while (index > 0) {
    const parent = (index - 1) >> 1
    if (!isBefore(heap[index], heap[parent])) return
    swap(heap, index, parent)
    index = parent
  }
}

function sink(heap: DueWork[], start: number): void {
  let index = start
  for (;;) {
    const left = 2 * index + 1
    const right = left + 1
    let earliest = isBefore(heap[left], heap[index]) ? left : index
    if (isBefore(heap[right], heap[earliest])) earliest = right
    if (earliest === index) return
    swap(heap, index, earliest)
    index = earliest
  }
}

function isBefore(left: DueWork | undefined, right: DueWork | undefined): boolean {
  if (!left || !right) return false
  return left.at < right.at || (left.at === right.at && left.order < right.order)
}

function swap(heap: DueWork[], one: number, other: number): void {
  const held = heap[one]
  const moved = heap[other]
  if (!held || !moved) return
  heap[one] = moved
  heap[other] = held
}
