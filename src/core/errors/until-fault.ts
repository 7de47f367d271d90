import { Fault } from './fault.ts'

/** The items that come before a Fault, which ends them and is kept; any other error is thrown. */
export async function* untilFault<Item>(source: AsyncIterable<Item>, failures: Fault[]): AsyncGenerator<Item> {
  try {
    yield* source
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    failures.push(error)
  }
}
