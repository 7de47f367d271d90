/** Requests the next item before the current one is processed, so that reading and processing overlap. */
export async function* prefetch<Item>(source: AsyncIterable<Item>): AsyncGenerator<Item> {
  const items = source[Symbol.asyncIterator]()
  const read = () => {
    const next = items.next()
    // A consumer that stops early never awaits this promise; without a handler, its rejection would end the process.
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
