import { Fault } from './fault.ts'

/** Yields items until a Fault ends the source, and adds that Fault to `failures`. Throws any other error. */
export async function* untilFault<Item>(source: AsyncIterable<Item>, failures: Fault[]): AsyncGenerator<Item> {
  try {
    yield* source
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    failures.push(error)
  }
}
