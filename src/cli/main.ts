import { type ExitCode, exitCodes } from '../core/fault.ts'
import type { CommandTable } from './completion/wanted.ts'
import type { Io } from './io.ts'
import { processIo } from './process-io.ts'
import type { Program } from './program.ts'

/** Runs the built mhloop and ends the process: what bin/run.js calls. */
export async function main(argv: readonly string[], program: Program): Promise<void> {
  await runAndExit(argv, async (io) => {
    if (argv[0] === '__complete') {
      // A shell that completes a line: it must not wait for oclif.
      const { complete } = await import('./completion/complete.ts')
      return await complete(argv.slice(1), () => describeProgram(program), io)
    }
    const { runProgram } = await import('./program.ts')
    return runProgram(argv, program, io)
  })
}

/** What help tells of every command, for completing. */
async function describeProgram({ manifest, packageJson }: Program): Promise<CommandTable> {
  const { commands } = await manifest()
  return { commands: Object.values(commands), topics: packageJson.oclif.topics }
}

/** Does the run, and ends the process when every byte is out: the one owner of the exit. */
export async function runAndExit(argv: readonly string[], run: (io: Io) => Promise<number>): Promise<void> {
  const io = processIo(argv)
  // Both streams first, however slow their readers: process.exit would cut off what is still in the pipe.
  const end = async (exit: number) => {
    await io.stdout.flush()
    const honest = io.stdout.failure === null ? exit : await unwritten(io, exit)
    await io.stderr.flush()
    process.exit(honest)
  }
  let isFailing = false
  const fail = async (error: unknown) => {
    // One error often brings another; the first is still being told, unless that is what failed.
    if (isFailing) return void setTimeout(() => process.exit(exitCodes.ours), reportWithin)
    isFailing = true
    try {
      await end(await reportUncaught(argv, io, error))
    } catch {
      // Node must not tell it its own way.
      process.exit(exitCodes.ours)
    }
  }
  // Node would print the error with all it carries: of an HTTP client's error, the headers (F58).
  process.on('uncaughtException', (error) => void fail(error))
  try {
    await end(await run(io))
  } catch (error) {
    await fail(error)
  }
}

/** Milliseconds. */
const reportWithin = 5_000

/** Says what nobody has caught, and answers with its exit code. */
async function reportUncaught([command]: readonly string[], io: Io, error: unknown): Promise<ExitCode> {
  const [{ toFault }, { reportFault }] = await Promise.all([import('./faults.ts'), import('./report.ts')])
  const fault = toFault(error, false)
  // Its stderr is a log (H27).
  reportFault(command === 'serve' ? (await import('./log.ts')).loggedOnly(io) : io, fault)
  return fault.exit
}

/** The result did not get out, in whatever format: told where it can be told, and never a success (H19). */
async function unwritten(io: Io, exit: number): Promise<number> {
  const [{ unwrittenFault }, { reportFault }] = await Promise.all([import('./faults.ts'), import('./report.ts')])
  const fault = unwrittenFault(io.stdout.failure)
  // Its place is where the document could not go.
  reportFault(Object.create(io, { json: { value: false } }), fault)
  const isSuccess = exit === exitCodes.done || exit === exitCodes.findings
  return isSuccess ? fault.exit : exit
}
