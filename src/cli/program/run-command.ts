import type { Command, Config } from '@oclif/core'
import type { ExitCode } from '../../core/errors/fault.ts'
import type { Io } from '../io/io.ts'
import { attachIo } from '../io/process-io.ts'

/**
 * Runs a command with its own arguments. Does not use oclif's way, which would load the whole configuration again and
 * look for plugins' hooks, of which there are none.
 */
export async function runCommand(
  { id, load }: { id: string; load: () => Promise<Command.Class> },
  argv: readonly string[],
  config: Config,
  io: Io,
): Promise<ExitCode> {
  const CommandClass = await load()
  CommandClass.id = id
  attachIo(config, io)
  const command: Command = Reflect.construct(CommandClass, [[...argv], config])
  return command.run()
}
