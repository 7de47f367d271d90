/**
 * The built program: everything that oclif would read from the disk is in memory (scripts/build.ts). A command whose
 * full name is typed runs without oclif's configuration, which only help and mistyped commands need.
 */
import type { Command } from '@oclif/core'
import { Config } from '@oclif/core/config'
import type { ExitCode } from '../../core/errors/fault.ts'
import type { Io } from '../io/io.ts'
import { asksForHelp } from './asks-for-help.ts'
import { runCommand } from './run-command.ts'

type PackageJson = {
  name: string
  version: string
  oclif: { bin: string; topics: Record<string, Topic> }
}
type Topic = { description: string; subtopics?: Record<string, Topic> }
type Manifest = { commands: Record<string, Command.Cached> }

export type Program = {
  /** The folder of the package. */
  root: string
  packageJson: PackageJson
  commands: Record<string, { takesArguments: boolean; load(): Promise<{ default: Command.Class }> }>
  /** The help data of every command. */
  manifest(): Promise<Manifest>
}

/** Runs the command that the arguments name; returns its exit code. */
export async function runProgram(argv: readonly string[], program: Program, io: Io): Promise<ExitCode> {
  const named = namedInFull(argv, program)
  if (named === null) {
    const [{ dispatch }, config] = await Promise.all([import('./dispatch.ts'), fullConfig(program)])
    return dispatch(argv, config, io)
  }
  const { name, version, oclif } = program.packageJson
  // The only parts of the configuration that a running command uses.
  const config = { name, version, bin: oclif.bin } as Config
  return runCommand(named, argv.slice(named.id.split(':').length), config, io)
}

/** The command whose full name starts the arguments; null when oclif would read them differently, or help is wanted. */
function namedInFull(
  argv: readonly string[],
  { commands }: Program,
): { id: string; load: () => Promise<Command.Class> } | null {
  if (asksForHelp(argv)) return null
  for (let words = Math.min(argv.length, 3); words > 0; words--) {
    const name = argv.slice(0, words)
    const id = name.join(':')
    const command = Object.hasOwn(commands, id) ? commands[id] : undefined
    if (command === undefined || name.some((word) => word.includes(':'))) continue
    const next = argv[words]
    const isItsOwn = next === undefined || next.startsWith('-') || next.includes('=') || command.takesArguments
    return isItsOwn ? { id, load: async () => (await command.load()).default } : null
  }
  return null
}

async function fullConfig({ root, packageJson, commands, manifest }: Program): Promise<Config> {
  const { commands: entries } = await manifest()
  const { name, version, oclif } = packageJson
  const plugin = {
    name,
    alias: name,
    version,
    pjson: packageJson,
    root,
    type: 'core',
    isRoot: true,
    valid: true,
    hooks: {},
    topics: flatTopics(oclif.topics),
    commandIDs: Object.keys(entries),
    commands: Object.values(entries).map((command) => ({
      ...command,
      load: async () => (await commands[command.id]?.load())?.default,
    })),
  }
  const config = new Config({ root, pjson: packageJson as never, plugins: new Map([[name, plugin as never]]) })
  // Skips oclif's theme file, which does not exist and takes half of the loading time.
  config.loadTheme = async () => undefined
  await config.load()
  return config
}

function flatTopics(topics: Record<string, Topic>, prefix = ''): { name: string; description: string }[] {
  return Object.entries(topics).flatMap(([word, { description, subtopics = {} }]) => [
    { name: `${prefix}${word}`, description },
    ...flatTopics(subtopics, `${prefix}${word}:`),
  ])
}
