import { setTimeout } from 'node:timers/promises'

/** Resolves when the condition holds; looks every few milliseconds. The test's own time limit ends it otherwise. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(5)
}
