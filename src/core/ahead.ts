/** Reads one further than was asked for, so that the next is on its way while this one is worked on. */
export async function* ahead<Item>(source: AsyncIterable<Item>): AsyncGenerator<Item> {
  const items = source[Symbol.asyncIterator]()
  const read = () => {
    const next = items.next()
    // Whoever stops early never asks how it ended.
    next.catch(() => {})
    return next
  }
  try {
    for (let next = read(); ; ) {
      const { done, value } = await next
      if (done === true) return
      next = read()
      yield value
    }
  } finally {
    await items.return?.()
  }
}
