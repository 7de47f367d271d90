import { setTimeout } from 'node:timers/promises'
import { steadyTime } from '../../core/time/steady-time.ts'
import type { Io } from '../io/io.ts'
import { toJson } from '../output/json.ts'
import { draw, type Part } from '../output/styled.ts'

/** Resolves after this many milliseconds, or at once when the signal aborts. */
export async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(milliseconds, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/**
 * Repeats a round until the signal aborts: the first starts at once, each other one `milliseconds` after the start of
 * the round before.
 */
export async function repeatEvery(
  options: { milliseconds: number; signal: AbortSignal; now(): Date },
  round: (count: number) => Promise<unknown>,
): Promise<void> {
  const { milliseconds, signal, now } = options
  const time = steadyTime(() => now().getTime())
  for (let count = 1; !signal.aborted; count++) {
    const began = time()
    await round(count)
    await wait(Math.max(0, milliseconds - (time() - began)), signal)
  }
}

export const streamFormats = ['text', 'ndjson'] as const
export type StreamFormat = (typeof streamFormats)[number]

/** The stdout of a continuous command: one line for people, or one JSON record, per record. */
export function streamTo(io: Io, format: StreamFormat): (record: unknown, line: readonly Part[]) => void {
  return (record, line) => io.stdout.write(`${format === 'ndjson' ? toJson(record) : draw(line, io.stdout.colour)}\n`)
}
