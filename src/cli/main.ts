import { readFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Config } from '@oclif/core'

/**
 * Runs mhloop and ends the process: the one owner of the exit. `entry` is the URL of bin/run.js, whose parent is the
 * package. Everything else is imported after `--version` had its chance, because start-up time counts.
 */
export async function main(argv: readonly string[], entry: string): Promise<void> {
  const root = fileURLToPath(new URL('..', entry))
  if (isVersionQuestion(argv)) {
    process.stdout.write(`${versionLine(root)}\n`)
    return
  }
  await runAndExit(argv, async () => (await import('@oclif/core')).Config.load({ root }))
}

/** Runs the arguments against the commands of a config, and ends the process when every byte is out. */
export async function runAndExit(argv: readonly string[], loadConfig: () => Promise<Config>): Promise<void> {
  enableCompileCache(compileCacheFolder())
  const [{ processIo }, { reportFault }, { toFault }] = await Promise.all([
    import('./process-io.ts'),
    import('./report.ts'),
    import('./faults.ts'),
  ])
  const io = processIo(argv)
  // Both streams first, however slow their readers: process.exit would cut off what is still in the pipe.
  const end = async (exit: number) => {
    await Promise.all([io.stderr.flush(), io.stdout.flush()])
    process.exit(exit)
  }
  let failing = false
  const fail = async (error: unknown) => {
    // Telling it failed too: then Node must not tell it its own way.
    if (failing) process.exit(1)
    failing = true
    const fault = toFault(error, false)
    reportFault(io, fault)
    await end(fault.exit)
  }
  // Node would print the error with all it carries: of an HTTP client's error, the headers (F58).
  process.on('uncaughtException', (error) => void fail(error))
  try {
    const [config, { dispatch }] = await Promise.all([loadConfig(), import('./dispatch.ts')])
    await end(await dispatch(argv, config, io))
  } catch (error) {
    await fail(error)
  }
}

/** Ours alone: in a folder that others can write, someone could leave code there for us to run. */
function compileCacheFolder(): string {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env
  const base = XDG_CACHE_HOME || (process.platform === 'win32' && LOCALAPPDATA) || join(homedir(), '.cache')
  return join(base, 'mhloop', 'compiled')
}

function isVersionQuestion(argv: readonly string[]): boolean {
  return argv.length === 1 && ['--version', '-v', '-V'].includes(argv[0] ?? '')
}

/** `mhloop/0.1.0 linux-x64 node-v24.0.0` */
export function versionLine(root: string): string {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    name: string
    version: string
  }
  return `${name}/${version} ${process.platform}-${process.arch} node-${process.version}`
}
