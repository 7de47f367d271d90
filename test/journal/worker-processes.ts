import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { bundle } from '../bundle.ts'
import type { Task } from './worker.ts'

let script = ''

/** Processes that wait for their next role. */
const waiting: Worker[] = []

/** Builds worker.ts before the tests of a `describe`, and ends all processes that wait after them. */
export function onWorkers(): void {
  let built: Awaited<ReturnType<typeof bundle>> | null = null
  before(async () => {
    built = await bundle(new URL('worker.ts', import.meta.url))
    script = built.program
  })
  after(async () => {
    const workers = waiting.splice(0)
    for (const worker of workers) worker.process.stdin?.end()
    for (const { ended } of workers) await ended
    await built?.remove()
  })
}

export type Worker = {
  process: ChildProcess
  /** What it has printed so far, after `ready`. */
  said: unknown[]
  ready: Promise<void>
  ended: Promise<{ code: number | null; errors: string }>
}

/** Starts one process of worker.ts, which waits until {@link begin}. */
export function start(role: string, location: string, name: string, count = 0, wrapper: string[] = []): Worker {
  return startWith([role, location, name, String(count)], wrapper)
}

function startWith(words: readonly string[], wrapper: readonly string[] = []): Worker {
  const [command = process.execPath, ...rest] = [...wrapper, process.execPath, script, ...words]
  const child = spawn(command, rest, {
    env: { ...process.env, NODE_COMPILE_CACHE: join(dirname(script), 'compiled') },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const said: unknown[] = []
  const lines = createInterface({ input: child.stdout })
  const ready = new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      const word: unknown = JSON.parse(line)
      if (word === 'ready') resolve()
      else said.push(word)
    })
    child.once('error', reject)
    child.once('close', () => reject(new Error(`a worker ended before it was ready: ${errors}`)))
  })
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  const ended = once(child, 'close').then(([code]) => ({ code, errors }))
  return { process: child, said, ready, ended }
}

/** Lets all workers begin at the same time, once each of them is ready. */
export async function begin(workers: readonly Worker[]): Promise<void> {
  await Promise.all(workers.map(({ ready }) => ready))
  for (const worker of workers) worker.process.stdin?.write('go\n')
}

/**
 * Gives several processes the same role at the same time, and waits until all have done it without an error. They
 * wait for the next role afterwards: a start takes longer than most roles.
 */
export async function runWorkers(
  role: string,
  location: string,
  size: number,
  count = 0,
): Promise<{ said: unknown[] }[]> {
  while (waiting.length < size) waiting.push(waitingWorker())
  const workers = waiting.slice(0, size)
  await Promise.all(workers.map(({ ready }) => ready))
  const tasks = workers.map((worker, index) => perform(worker, { role, location, name: `w${index}`, count }))
  return (await Promise.all(tasks)).map((said) => ({ said }))
}

function waitingWorker(): Worker {
  const worker = startWith([])
  // One that has failed gets no other role.
  void worker.ended.then(() => {
    if (waiting.includes(worker)) waiting.splice(waiting.indexOf(worker), 1)
  })
  return worker
}

/** Returns what the process has said meanwhile. */
async function perform({ process: child, said, ended }: Worker, task: Task): Promise<unknown[]> {
  child.stdin?.write(`${JSON.stringify(task)}\n`)
  const failed = ended.then(({ code, errors }) => {
    throw new Error(`a worker ended with ${code}: ${errors}`)
  })
  failed.catch(() => undefined)
  while (said.at(-1) !== 'ended') await Promise.race([once(child.stdout as Readable, 'data'), failed])
  return said.splice(0).slice(0, -1)
}
