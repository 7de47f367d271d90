import { setTimeout } from 'node:timers/promises'

/** Resolves once the condition holds; checks it every few milliseconds. Otherwise the test's own time limit ends it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(5)
}
