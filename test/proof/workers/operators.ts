import { setTimeout as pause } from 'node:timers/promises'
import type { Returns } from './returns.ts'
import { type Program, runCommand } from './serve-processes.ts'
import { merchant, type Shop } from './shop.ts'

/**
 * An operator who reads and resolves all day. Returns the outputs of commands that ended with an unexpected exit code.
 */
export async function operate(
  shop: Shop,
  program: Program,
  name: string,
  returns: Returns,
  signal: AbortSignal,
): Promise<{ commands: number; complaints: string[] }> {
  const complaints: string[] = []
  let commands = 0
  const environment = { ...shop.environment, USER: name, LOGNAME: name }
  const some = () => [...returns.all.keys()].at(-1 - shop.random.below(Math.max(1, returns.all.size))) ?? '1'
  const habits = [
    () => ['rma', 'resolve', '--ready', '--yes'],
    () => ['rma', 'show', some()],
    () => ['rma', 'resolve', some(), '--yes'],
    () => ['asn', 'sync', some()],
    () => ['journal', 'status'],
    () => ['refunds', 'status'],
  ]
  for (let round = 0; !signal.aborted; round += 1) {
    const words = habits[round % habits.length]?.() ?? []
    const argv = [...words, ...(words[0] === 'journal' ? [] : ['-m', merchant]), '--json']
    const { exit, stdout, stderr } = await runCommand(program, argv, environment)
    commands += 1
    // Findings, unknown outcomes and a vendor at its limit are normal; an internal error is not.
    if (exit === 1 && words[0] === 'journal') continue
    if (exit === null || exit === 1 || exit === 2 || exit === 4)
      complaints.push(`mhloop ${argv.join(' ')} ended with ${exit}: ${stdout.slice(0, 500)} ${stderr.slice(0, 500)}`)
    await pause(1_500 + shop.random.next() * 3_000, null, { signal }).catch(() => undefined)
  }
  return { commands, complaints }
}
