import { isatty } from 'node:tty'
import type { Config } from '@oclif/core'
import { fileOutput, isFile } from './file-output.ts'
import { handedOverBy, onceIn } from './handed-over.ts'
import { createIo, type Io, type OutputStream } from './io.ts'
import { terminalPrompter } from './prompter.ts'

const attached = new WeakMap<object, Io>()

/** Sets the io of a run: commands created with this config use it. */
export function attachIo(config: Config, io: Io): void {
  attached.set(config, io)
}

/** The io attached to the run's config, or the process's own. */
export function ioOf(config: Config, argv: readonly string[]): Io {
  return attached.get(config) ?? processIo(argv)
}

/** The real streams, environment, clock and signals of this process. */
export function processIo(argv: readonly string[]): Io {
  // The library for prompts only knows the variable.
  if (argv.includes('--no-color')) process.env.NO_COLOR = '1'
  const terminals = { stdin: isatty(0), stdout: isatty(1), stderr: isatty(2) }
  return createIo({
    argv,
    env: process.env,
    get stdin() {
      return process.stdin
    },
    get stdout() {
      return outputOf(1, terminals.stdout)
    },
    get stderr() {
      return outputOf(2, terminals.stderr)
    },
    terminals,
    prompter: terminalPrompter(() => ({ input: process.stdin, output: process.stderr })),
    onInterrupt(listener) {
      const interrupted = handedOverBy(process.env, process.ppid) === null ? listener : onceIn(1000, listener)
      process.on('SIGINT', interrupted).on('SIGTERM', interrupted)
      return () => {
        process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
      }
    },
    abandon: (exit) => process.exit(exit),
  })
}

function outputOf(fd: 1 | 2, isTerminal: boolean): OutputStream {
  if (isFile(fd, isTerminal)) return fileOutput(fd)
  return fd === 1 ? process.stdout : process.stderr
}
