import { exitCodes } from '../core/fault.ts'
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
  let failing = false
  const fail = async (error: unknown) => {
    // Telling it failed too: then Node must not tell it its own way.
    if (failing) process.exit(1)
    failing = true
    const [{ toFault }, { reportFault }] = await Promise.all([import('./faults.ts'), import('./report.ts')])
    const fault = toFault(error, false)
    reportFault(io, fault)
    await end(fault.exit)
  }
  // Node would print the error with all it carries: of an HTTP client's error, the headers (F58).
  process.on('uncaughtException', (error) => void fail(error))
  try {
    await end(await run(io))
  } catch (error) {
    await fail(error)
  }
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
