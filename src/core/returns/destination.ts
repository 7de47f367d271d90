import type { LoopReturn } from './return.ts'

/** Whether a return goes to one of these destinations, or may: Loop does not say of each where it goes. None: to any. */
export function mayComeHere({ destinationId }: Pick<LoopReturn, 'destinationId'>, destinations: readonly string[]) {
  return destinations.length === 0 || destinationId === null || destinations.includes(destinationId)
}
