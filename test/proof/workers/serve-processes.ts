import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** How mhloop is started: the words before its own arguments. */
export type Program = readonly string[]

export type ServeWorker = { process: ChildProcess; url: string; isFrozen: boolean; said(): string }

/** Starts `mhloop serve`; resolves once it listens, rejects when it ends before. */
export async function startServing(program: Program, environment: NodeJS.ProcessEnv): Promise<ServeWorker> {
  const [command = '', ...words] = program
  const child = spawn(command, [...words, 'serve', '--port', '0', '--json'], {
    env: { PATH: process.env.PATH, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-20_000)
  })
  let document = ''
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      document += line
      try {
        resolve(JSON.parse(document).data.url)
      } catch {
        // The rest of the entry is on the next line.
      }
    })
    child.once('error', reject)
    child.once('close', (code) => reject(new Error(`serve ended with ${code}: ${document}${said}`)))
  })
  return { process: child, url, isFrozen: false, said: () => said }
}

export type Typed = { argv: readonly string[]; exit: number | null; stdout: string; stderr: string }

/** Runs one command of an operator. */
export async function runCommand(
  program: Program,
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<Typed> {
  const [command = '', ...words] = program
  const child = spawn(command, [...words, ...argv], {
    env: { PATH: process.env.PATH, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout = (stdout + text).slice(-20_000)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-20_000)
  })
  const [exit] = await once(child, 'close')
  return { argv, exit, stdout, stderr }
}
