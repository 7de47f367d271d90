import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { bundle } from '../bundle.ts'

let script = ''

/** Builds worker.ts before the tests of a `describe`. */
export function onWorkers(): void {
  let built: Awaited<ReturnType<typeof bundle>> | null = null
  before(async () => {
    built = await bundle(new URL('worker.ts', import.meta.url))
    script = built.program
  })
  after(() => built?.remove())
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
  const [command = process.execPath, ...rest] = [
    ...wrapper,
    process.execPath,
    script,
    role,
    location,
    name,
    String(count),
  ]
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
    child.once('close', () => reject(new Error(`${role} ended before it was ready: ${errors}`)))
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

/** Starts several workers with one role, and waits until all have ended without an error. */
export async function runWorkers(role: string, location: string, size: number, count = 0): Promise<Worker[]> {
  const workers = Array.from({ length: size }, (_, index) => start(role, location, `w${index}`, count))
  await begin(workers)
  for (const { ended } of workers) {
    const { code, errors } = await ended
    if (code !== 0) throw new Error(`a worker ended with ${code}: ${errors}`)
  }
  return workers
}
