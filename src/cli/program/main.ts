import { type ExitCode, exitCodes } from '../../core/errors/fault.ts'
import type { CommandTable } from '../completion/candidates.ts'
import type { Io } from '../io/io.ts'
import { processIo } from '../io/process-io.ts'
import type { Program } from './program.ts'

/** Runs the built mhloop and ends the process; bin/run.js calls it. */
export async function main(argv: readonly string[], program: Program): Promise<void> {
  await runAndExit(argv, async (io) => {
    if (argv[0] === '__complete') {
      // Completion in a shell must be fast: it does not load oclif.
      const { complete } = await import('../completion/complete.ts')
      return await complete(argv.slice(1), () => describeProgram(program), io)
    }
    const { runProgram } = await import('./program.ts')
    return runProgram(argv, program, io)
  })
}

/** The help data of every command, for completion. */
async function describeProgram({ manifest, packageJson }: Program): Promise<CommandTable> {
  const { commands } = await manifest()
  return { commands: Object.values(commands), topics: packageJson.oclif.topics }
}

/** Runs, and ends the process once all output is written. Nothing else ends the process. */
export async function runAndExit(argv: readonly string[], run: (io: Io) => Promise<number>): Promise<void> {
  const io = processIo(argv)
  // Waits for both streams, however slow their readers: process.exit would cut off what is still in the pipe.
  const end = async (exit: number) => {
    await io.stdout.flush()
    const honest = io.stdout.failure === null ? exit : await unwritten(io, exit)
    await io.stderr.flush()
    process.exit(honest)
  }
  let isFailing = false
  const fail = async (error: unknown) => {
    // One error often causes another. The first is still being reported; if that never ends, the process ends here.
    if (isFailing) return void setTimeout(() => process.exit(exitCodes.ours), reportWithin)
    isFailing = true
    try {
      await end(await reportUncaught(argv, io, error))
    } catch {
      // Node must not print the error itself.
      process.exit(exitCodes.ours)
    }
  }
  // Node would print the error with all its properties: for an HTTP client's error, the headers (F58).
  process.on('uncaughtException', (error) => void fail(error))
  try {
    await end(await run(io))
  } catch (error) {
    await fail(error)
  }
}

/** Milliseconds that reporting an uncaught error may take. */
const reportWithin = 5_000

/** Reports an uncaught error and returns its exit code. */
async function reportUncaught([command]: readonly string[], io: Io, error: unknown): Promise<ExitCode> {
  const [{ toFault }, { reportFault }] = await Promise.all([
    import('../errors/command-faults.ts'),
    import('../errors/report.ts'),
  ])
  const fault = toFault(error, false)
  // The stderr of serve is a log (H27).
  reportFault(command === 'serve' ? (await import('../io/log.ts')).loggedOnly(io) : io, fault)
  return fault.exit
}

/**
 * Reports on stderr that the result could not be written, in any format, and returns an exit code that is never success
 * (H19).
 */
async function unwritten(io: Io, exit: number): Promise<number> {
  const [{ unwrittenFault }, { reportFault }] = await Promise.all([
    import('../errors/command-faults.ts'),
    import('../errors/report.ts'),
  ])
  const fault = unwrittenFault(io.stdout.failure)
  // With --json, the error would go to stdout, which can't be written.
  reportFault(Object.create(io, { json: { value: false } }), fault)
  const isSuccess = exit === exitCodes.done || exit === exitCodes.findings
  return isSuccess ? fault.exit : exit
}
