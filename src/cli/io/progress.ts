import { printable } from '../../core/text/printable.ts'
import { truncate } from '../output/width.ts'
import type { Io } from './io.ts'

export type Progress = {
  /** Counts this many more as done; default: 1. */
  advance(count?: number): void
  /** Sets the total, once it is known. */
  expect(total: number): void
  /** Clears the line for other output; the next step shows it again. */
  hush(): void
  /** Restarts count and estimate: another phase began, or the operator took time to answer. */
  restart(label: string): void
  /** Clears the line for good. */
  stop(): void
}

const firstDrawnAfter = 1000
const redrawEvery = 200

/**
 * A line on stderr with count, rate and estimate, shown after the first second. Silent in pipes, in CI, and under
 * --json.
 */
export function startProgress(io: Io, label: string, total?: number): Progress {
  if (!io.stderr.isTTY || io.json || io.env.CI) return { advance() {}, expect() {}, hush() {}, restart() {}, stop() {} }
  let startedAt = io.now().getTime()
  let name = label
  let count = 0
  let expected = total
  let drawn = false
  let hushed = false
  const clear = () => {
    if (drawn) io.stderr.write('\r\u001b[K')
    drawn = false
  }
  const timer = setInterval(() => {
    const elapsed = io.now().getTime() - startedAt
    if (hushed || elapsed < firstDrawnAfter) return
    drawn = true
    io.stderr.write(`\r\u001b[K${truncate(progressLine(name, count, expected, elapsed), io.width - 1)}`)
  }, redrawEvery)
  timer.unref()
  return {
    advance(more = 1) {
      count += more
      hushed = false
    },
    expect(newTotal) {
      expected = newTotal
    },
    hush() {
      clear()
      hushed = true
    },
    restart(newLabel) {
      startedAt = io.now().getTime()
      name = newLabel
      count = 0
      expected = undefined
    },
    stop() {
      clearInterval(timer)
      clear()
    },
  }
}

/** `Reading returns  1,200 of 4,000  310/s  9 s left` */
export function progressLine(label: string, count: number, total: number | undefined, elapsed: number): string {
  const rate = elapsed > 0 ? (count / elapsed) * 1000 : 0
  const parts = [printable(label, 60), total === undefined ? number(count) : `${number(count)} of ${number(total)}`]
  if (rate > 0) parts.push(rate >= 1 ? `${number(Math.round(rate))}/s` : `${number(Math.round(rate * 60))}/min`)
  if (total !== undefined && rate > 0 && count < total) parts.push(`${duration((total - count) / rate)} left`)
  return parts.join('  ')
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  if (seconds < 5400) return `${Math.ceil(seconds / 60)} min`
  return `${(seconds / 3600).toFixed(1)} h`
}
