import { readFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

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
  enableCompileCache()
  const [{ Config }, { dispatch }, { processIo }] = await Promise.all([
    import('@oclif/core'),
    import('./dispatch.ts'),
    import('./process-io.ts'),
  ])
  const io = processIo(argv)
  const config = await Config.load({ root })
  const exit = await dispatch(argv, config, io)
  // Both streams first, however slow their readers: process.exit would cut off what is still in the pipe.
  await Promise.all([io.stderr.flush(), io.stdout.flush()])
  process.exit(exit)
}

function isVersionQuestion(argv: readonly string[]): boolean {
  return argv.length === 1 && ['--version', '-v', '-V'].includes(argv[0] ?? '')
}

/** `mhloop/0.1.0 linux-x64 node-v24.0.0` */
export function versionLine(root: string): string {
  const { name, version } = JSON.parse(readFileSync(new URL('package.json', `file://${root}`), 'utf8')) as {
    name: string
    version: string
  }
  return `${name}/${version} ${process.platform}-${process.arch} node-${process.version}`
}
