import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'

/** Where and how a child ends: the `count`th time that it passes one of the points. */
export type ScheduledKill = { points: readonly string[]; count: number; how: 'kill' | 'freeze' }

export type Ended = {
  exit: number | null
  signal: NodeJS.Signals | null
  /** The point at which it killed itself. */
  killedAt: string | null
  /** Points that it passed. */
  passed: string[]
  /** The end of its stderr. */
  said: string
}

export type Child = {
  readonly argv: readonly string[]
  /** Whether it has started, and passed its first point. */
  readonly isUp: boolean
  /** The point at which it is frozen now, until `thaw`. */
  readonly frozenAt: string | null
  /** Sends SIGSTOP, wherever the child is. */
  freeze(): void
  thaw(): void
  kill(): void
  readonly ended: Promise<Ended>
}

const mostSaid = 8_000

/** Starts the program as a process that can be killed at any of its points. */
export function startChild(
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
  {
    program,
    time,
    scheduledKill,
    onFrozen,
  }: { program: string; time: string; scheduledKill: ScheduledKill | null; onFrozen(): void },
): Child {
  const crash =
    scheduledKill === null
      ? {}
      : {
          CRASH_AT: scheduledKill.points.join(),
          CRASH_COUNT: String(scheduledKill.count),
          CRASH_HOW: scheduledKill.how,
        }
  const child = spawn(process.execPath, [program, ...argv], {
    env: {
      PATH: process.env.PATH,
      HOME: '/nonexistent',
      ...environment,
      CRASH_TIME: time,
      CRASH_CACHE: join(dirname(program), 'compiled'),
      ...crash,
    },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  })
  const passed: string[] = []
  let killedAt: string | null = null
  let frozenAt: string | null = null
  let said = ''
  lines(child.stdio[3] as Readable, (line) => {
    const [word = '', ...rest] = line.split(' ')
    const point = rest.join(' ')
    if (word === 'passed') passed.push(point)
    else if (word === 'killed') killedAt = point
    else if (word === 'frozen') {
      frozenAt = point
      onFrozen()
    }
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-mostSaid)
  })
  return {
    argv,
    get isUp() {
      return passed.length > 0
    },
    get frozenAt() {
      return frozenAt
    },
    freeze() {
      frozenAt = 'at random'
      child.kill('SIGSTOP')
    },
    thaw() {
      frozenAt = null
      child.kill('SIGCONT')
    },
    // SIGKILL also ends a stopped process.
    kill: () => void child.kill('SIGKILL'),
    ended: end(child).then(({ exit, signal }) => ({ exit, signal, killedAt, passed, said })),
  }
}

async function end(child: ChildProcess): Promise<{ exit: number | null; signal: NodeJS.Signals | null }> {
  const [exit, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { exit, signal }
}

function lines(stream: Readable, take: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8').on('data', (text: string) => {
    const [...whole] = (rest + text).split('\n')
    rest = whole.pop() ?? ''
    for (const line of whole) take(line)
  })
}
