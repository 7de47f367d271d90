/** docs/commands/ and the table of topics in docs/cli.md, from the command classes. */
import { existsSync } from 'node:fs'
import type { Command, Config } from '@oclif/core'
import packageJson from '../../package.json' with { type: 'json' }
import { configOfSource } from '../../test/run.ts'

type Topic = { description: string; subtopics?: Record<string, Topic> }
const topics: Record<string, Topic> = packageJson.oclif.topics

/** Every topic has a page; commands without one share `general`. */
export const commandPages: readonly string[] = ['general', ...Object.keys(topics).toSorted()]

const root = new URL('../../', import.meta.url)

let config: Promise<Config> | undefined

/** All command classes, loaded once. */
export function commandClasses(): Promise<Config> {
  config ??= configOfSource()
  return config
}

async function commandsOf(page: string): Promise<Command.Loadable[]> {
  const { commands } = await commandClasses()
  const own = commands.filter(({ id }) => pageOf(id) === page)
  return own.toSorted((a, b) => a.id.localeCompare(b.id))
}

function pageOf(id: string): string {
  return id.includes(':') ? (id.split(':')[0] ?? '') : 'general'
}

/** docs/commands/README.md. */
export async function commandIndex(): Promise<string> {
  const sections = await Promise.all(commandPages.map(async (page) => indexOf(page, await commandsOf(page))))
  const { commands } = await commandClasses()
  const shared = Object.values(commands[0]?.flags ?? {}).filter(isGlobal)
  return [
    '# Commands',
    `Every command with its arguments, flags, exit codes and JSON schema. \`mhloop COMMAND --help\` shows the same page in the
terminal. [cli.md](../cli.md) has what all commands have in common: exit codes, output, questions, environment variables.`,
    ...sections,
    '## Global flags',
    'Every command takes these; `--journal` only those that open the journal. `mhloop help environment` lists all environment variables.',
    flagTable(shared),
  ].join('\n\n')
}

function indexOf(page: string, commands: readonly Command.Loadable[]): string {
  const rows = commands.map((one) => `| [\`${named(one)}\`](${page}.md#${anchor(one)}) | ${cell(one.summary ?? '')} |`)
  return [`## [${page}](${page}.md)`, ['| command | what it does |', '|---|---|', ...rows].join('\n')].join('\n\n')
}

/** A page of docs/commands/: the commands of one topic, or those without a topic. */
export async function commandPage(page: string): Promise<string> {
  const commands = await commandsOf(page)
  const about = topics[page]?.description
  return [`# ${page}`, ...(about === undefined ? [] : [prose(`${about}.`)]), ...commands.map(commandSection)].join(
    '\n\n',
  )
}

function commandSection(command: Command.Loadable): string {
  const { before, exitCodes } = splitExitCodes(command.description ?? '')
  const flags = Object.values(command.flags).toSorted((a, b) => a.name.localeCompare(b.name))
  const own = flags.filter((flag) => !isGlobal(flag) || flag.name === 'journal')
  const args = Object.values(command.args)
  return [
    `## ${named(command)}`,
    prose(`${command.summary}.`),
    fenced(usage(command)),
    ...paragraphs(before),
    ...(args.length === 0 ? [] : ['### Arguments', argTable(args)]),
    ...(own.length === 0 ? [] : ['### Flags', flagTable(own)]),
    '### Examples',
    fenced([command.examples ?? []].flat().map(exampleText).join('\n')),
    '### Exit codes',
    ...exitCodeList(exitCodes),
    '### JSON',
    schemaOf(command),
    ...aliasesOf(command),
  ].join('\n\n')
}

function named({ id }: Command.Loadable): string {
  return id.replaceAll(':', ' ')
}

function anchor(command: Command.Loadable): string {
  return named(command).replaceAll(' ', '-')
}

function usage(command: Command.Loadable): string {
  const args = Object.values(command.args).map((arg) => {
    const name = `${arg.name.toUpperCase()}${command.strict === false ? '...' : ''}`
    return arg.required === true ? name : `[${name}]`
  })
  const required = Object.values(command.flags).filter((flag) => flag.required === true)
  const needed = required.map((flag) => flagName(flag))
  return ['mhloop', named(command), ...args, ...needed, '[flags]'].join(' ')
}

/** Descriptions end with their exit codes (test/e2e/help.test.ts). */
function splitExitCodes(description: string): { before: string; exitCodes: string } {
  const [, before = '', exitCodes = ''] = /^(.*?)Exit codes?: (.*)$/s.exec(description) ?? []
  return { before: before.trim(), exitCodes: exitCodes.trim() }
}

/** `0 done, 3 some failed. What follows is a sentence.` */
function exitCodeList(text: string): string[] {
  const [, codes = '', more = ''] = /^(.*?)(?:\.(?: (.*))?)?$/s.exec(text) ?? []
  const items = codes.split(/[,;] (?=\d+\b)/).map((item) => {
    const [, code = '', meaning = ''] = /^(\d+),? ?(.*)$/s.exec(item) ?? []
    return `- \`${code}\`${meaning === '' ? '' : `: ${prose(meaning)}`}`
  })
  return [items.join('\n'), ...(more === '' ? [] : [prose(more)])]
}

function paragraphs(text: string): string[] {
  const blocks = text.split('\n\n').filter((block) => block.trim() !== '')
  return blocks.map((block) => (block.startsWith('  ') ? fenced(block.replace(/^ {2}/gm, ''), 'yaml') : prose(block)))
}

function argTable(args: readonly Command.Arg.Any[]): string {
  const rows = args.map(({ name, required, description = '', options }) => {
    const values = options === undefined ? '' : `${description === '' ? '' : '. '}One of ${coded(options)}`
    return `| \`${name.toUpperCase()}\` | ${required === true ? 'yes' : 'no'} | ${cell(description)}${values} |`
  })
  return ['| argument | required | what it is |', '|---|---|---|', ...rows].join('\n')
}

function flagTable(flags: readonly Command.Flag.Any[]): string {
  const rows = flags.map((flag) => {
    const variable = flag.env === undefined ? '' : `\`${flag.env}\``
    return `| \`${flagName(flag)}\` | ${cell(flag.description ?? '')}${details(flag)} | ${defaultOf(flag)} | ${variable} |`
  })
  return ['| flag | what it does | default | variable |', '|---|---|---|---|', ...rows].join('\n')
}

function flagName(flag: Command.Flag.Any): string {
  const name = `${flag.char === undefined ? '' : `-${flag.char}, `}--${flag.type === 'boolean' && flag.allowNo ? '[no-]' : ''}${flag.name}`
  if (flag.type === 'boolean') return name
  const value = flag.helpValue ?? flag.options?.join('\\|') ?? flag.name.toUpperCase()
  return `${name} ${flag.options === undefined ? value : 'VALUE'}`
}

function details(flag: Command.Flag.Any): string {
  const parts = [
    ...(flag.required === true ? ['required'] : []),
    ...(flag.type === 'option' && flag.options !== undefined ? [`one of ${coded(flag.options)}`] : []),
    ...(flag.dependsOn === undefined ? [] : [`needs ${flags(flag.dependsOn)}`]),
    ...(flag.exclusive === undefined ? [] : [`not with ${flags(flag.exclusive)}`]),
  ]
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`
}

function flags(names: readonly string[]): string {
  return names.map((name) => `\`--${name}\``).join(', ')
}

function defaultOf(flag: Command.Flag.Any): string {
  const value: unknown = flag.type === 'option' ? flag.default : undefined
  return value === undefined || value === null || typeof value === 'function' ? '' : `\`${String(value)}\``
}

function schemaOf({ id }: Command.Loadable): string {
  const file = `schemas/${id.replaceAll(':', '.')}.json`
  if (!existsSync(new URL(file, root)))
    return 'It runs until it is stopped and prints no single document: `--json` ends with code 2.'
  return `Schema of \`data\`: [${file}](../../${file}).`
}

function aliasesOf({ aliases }: Command.Loadable): string[] {
  return aliases.length === 0 ? [] : [`Also: ${coded(aliases.map((alias) => alias.replaceAll(':', ' ')))}.`]
}

function isGlobal(flag: Command.Flag.Any): boolean {
  return flag.helpGroup === 'GLOBAL'
}

function exampleText(example: Command.Example): string {
  const text = typeof example === 'string' ? example : example.command
  return text.replaceAll('<%= config.bin %>', 'mhloop')
}

function coded(values: readonly string[]): string {
  return values.map((value) => `\`${value}\``).join(', ')
}

/** A description's text as Markdown: code stays code, and everything else is escaped. */
function prose(text: string): string {
  const parts = text.split(/(`[^`]*`)/)
  return parts.map((part, index) => (index % 2 === 1 ? part : part.replace(/[*<>[\]]/g, '\\$&'))).join('')
}

function cell(text: string): string {
  return prose(text).replaceAll('|', '\\|')
}

function fenced(text: string, language = 'sh'): string {
  return `\`\`\`${language}\n${text}\n\`\`\``
}

/** The table of docs/cli.md. */
export async function topicTable(): Promise<string> {
  const rows = await Promise.all(
    commandPages.map(async (page) => {
      const commands = await commandsOf(page)
      const links = commands.map((one) => {
        const text = page === 'general' ? named(one) : named(one).slice(page.length + 1)
        return `[\`${text}\`](commands/${page}.md#${anchor(one)})`
      })
      const about = topics[page]?.description ?? 'Commands without a topic'
      return `| ${page === 'general' ? '' : `\`${page}\``} | ${links.join(', ')} | ${cell(about)} |`
    }),
  )
  const [general = '', ...rest] = rows
  return ['| topic | commands | about |', '|---|---|---|', ...rest, general].join('\n')
}
