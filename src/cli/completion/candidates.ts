/** Determines what may stand at the cursor, from the words before it and from the help data of every command. */

import { helpTopicSummaries } from '../program/help-topic-summaries.ts'

export type Candidate = { word: string; about: string }

/** Values that are looked up only when needed. */
export type Lookup = 'merchants' | 'returns' | 'findings' | 'checks' | 'settings' | 'codes'

/** `list`: several values may stand there, with commas between them. */
export type Completion =
  | { kind: 'words'; candidates: Candidate[] }
  | { kind: 'files' }
  | { kind: 'lookup'; of: Lookup; list: boolean }

/** The part of oclif's manifest that completion needs. */
export type FlagEntry = {
  name: string
  char?: string | undefined
  type: string
  summary?: string | undefined
  description?: string | undefined
  options?: readonly string[] | undefined
  multiple?: boolean | undefined
  hidden?: boolean | undefined
  helpValue?: string | readonly string[] | undefined
}
export type ArgumentEntry = { name: string; options?: readonly string[] | undefined }
export type CommandEntry = {
  id: string
  summary?: string | undefined
  hidden?: boolean | undefined
  strict?: boolean | undefined
  flags: Readonly<Record<string, FlagEntry>>
  args: Readonly<Record<string, ArgumentEntry>>
}
export type Topics = Readonly<Record<string, { description: string; subtopics?: Topics }>>
export type CommandTable = { commands: readonly CommandEntry[]; topics: Topics }

/** Flags and arguments (`command name`) whose values must be looked up. */
const lookups: Record<string, Lookup> = {
  'merchant:use name': 'merchants',
  'merchant:show name': 'merchants',
  'merchant:remove name': 'merchants',
  'merchant:rebind name': 'merchants',
  'merchant:export name': 'merchants',
  'merchant:set key': 'settings',
  'mapping:audit only': 'findings',
  'doctor only': 'checks',
  'explain code': 'codes',
  'asn:sync id': 'returns',
  'rma:show id': 'returns',
  'rma:history id': 'returns',
  'rma:resolve id': 'returns',
  'rma:label id': 'returns',
  'rma:report id': 'returns',
  'sandbox:receive id': 'returns',
}

const lists = new Set(['mapping:audit only', 'doctor only'])

/**
 * `before`: the complete words before the cursor, without `mhloop`; `current`: the word being typed, possibly empty.
 */
export function candidatesAt(before: readonly string[], current: string, table: CommandTable): Completion {
  const helping = before[0] === 'help'
  const path = pathOf(helping ? before.slice(1) : before)
  const command = helping ? undefined : commandOf(path, table.commands)
  if (command === undefined) {
    if (current.startsWith('-')) return helping ? none : { kind: 'words', candidates: [helpFlag] }
    return helping || path.length === before.length ? nextWords(path, helping, table) : none
  }
  return ofCommand(command, before.slice(command.id.split(':').length), current)
}

/** The `--flag=` before a value; it is repeated before each candidate. */
export function flagPrefix(current: string): string {
  return /^--[\w-]+=/.exec(current)?.[0] ?? ''
}

const none: Completion = { kind: 'words', candidates: [] }
const helpFlag: Candidate = { word: '--help', about: 'What it does, its flags and examples' }

function pathOf(words: readonly string[]): string[] {
  const end = words.findIndex((word) => word.startsWith('-'))
  return words.slice(0, end === -1 ? undefined : end)
}

function commandOf(path: readonly string[], commands: readonly CommandEntry[]): CommandEntry | undefined {
  for (let words = Math.min(3, path.length); words > 0; words--) {
    const id = path.slice(0, words).join(':')
    const found = commands.find((command) => command.id === id)
    if (found !== undefined) return found
  }
  return undefined
}

function nextWords(path: readonly string[], helping: boolean, { commands, topics }: CommandTable): Completion {
  const prefix = path.map((word) => `${word}:`).join('')
  const candidates = new Map<string, string>()
  for (const { id, summary = '', hidden } of commands) {
    if (hidden === true || !id.startsWith(prefix)) continue
    const [word = '', ...deeper] = id.slice(prefix.length).split(':')
    const isTopic = deeper.length > 0
    if (!candidates.has(word) || !isTopic) {
      candidates.set(word, isTopic ? topicText(topics, [...path, word]) : summary)
    }
  }
  const helpTopics = helping && path.length === 0 ? Object.entries(helpTopicSummaries) : []
  for (const [name, about] of helpTopics) candidates.set(name, about)
  if (path.length === 0 && !helping) candidates.set('help', 'How to use a command or a topic')
  return { kind: 'words', candidates: [...candidates].map(([word, about]) => ({ word, about })) }
}

function topicText(topics: Topics, path: readonly string[]): string {
  const [word = '', ...deeper] = path
  const topic = Object.hasOwn(topics, word) ? topics[word] : undefined
  if (deeper.length === 0) return topic?.description ?? ''
  return topicText(topic?.subtopics ?? {}, deeper)
}

function ofCommand(command: CommandEntry, typed: readonly string[], current: string): Completion {
  const { flags } = command
  const { used, positions, waiting, ended } = readTyped(typed, flags)
  if (waiting !== null) return valuesOf(command, waiting)
  const assigned = ended ? '' : flagPrefix(current)
  if (assigned !== '') {
    const flag = flagNamed(assigned.slice(0, -1), flags)
    return flag === null ? none : valuesOf(command, flag)
  }
  const args = Object.values(command.args)
  const argument = args[positions] ?? (command.strict === false ? args.at(-1) : undefined)
  if (!ended && (current.startsWith('-') || argument === undefined)) return flagWords(flags, used)
  return argument === undefined ? none : valuesOf(command, argument)
}

type Typed = {
  used: Set<string>
  positions: number
  /** A flag whose value comes next; null when none does. */
  waiting: FlagEntry | null
  /** `--` was typed. */
  ended: boolean
}

function readTyped(typed: readonly string[], flags: CommandEntry['flags']): Typed {
  const read: Typed = { used: new Set(), positions: 0, waiting: null, ended: false }
  for (const word of typed) {
    if (read.waiting !== null) read.waiting = null
    else if (!read.ended && word === '--') read.ended = true
    else if (read.ended || !word.startsWith('-') || word === '-') read.positions += 1
    else {
      const flag = flagNamed(word.replace(/=.*$/s, ''), flags)
      if (flag === null) continue
      read.used.add(flag.name)
      if (flag.type === 'option' && !word.includes('=')) read.waiting = flag
    }
  }
  return read
}

function flagNamed(word: string, flags: CommandEntry['flags']): FlagEntry | null {
  const found = Object.values(flags).find(({ name, char }) => word === `--${name}` || word === `-${char}`)
  return found ?? null
}

function flagWords(flags: CommandEntry['flags'], used: ReadonlySet<string>): Completion {
  const free = Object.values(flags).filter(
    ({ name, hidden, multiple }) => hidden !== true && (multiple === true || !used.has(name)),
  )
  const candidates = free.map(({ name, summary, description }) => ({
    word: `--${name}`,
    about: (summary ?? description ?? '').replace(/\s+/g, ' '),
  }))
  return { kind: 'words', candidates: [...candidates, helpFlag] }
}

function valuesOf({ id }: CommandEntry, requested: FlagEntry | ArgumentEntry): Completion {
  const { name, options } = requested
  const lookup = lookups[`${id} ${name}`]
  if (lookup !== undefined) return { kind: 'lookup', of: lookup, list: lists.has(`${id} ${name}`) }
  if (options !== undefined) return words(options)
  if (name === 'merchant') return { kind: 'lookup', of: 'merchants', list: false }
  const takes = 'helpValue' in requested ? String(requested.helpValue ?? '') : ''
  if (name === 'return' && takes === 'ID') return { kind: 'lookup', of: 'returns', list: false }
  if (takes === 'FILE' || name === 'file') return { kind: 'files' }
  return /^[a-z-]+(?:\|[a-z-]+)+$/.test(takes) ? words(takes.split('|')) : none
}

function words(some: readonly string[]): Completion {
  return { kind: 'words', candidates: some.map((word) => ({ word, about: '' })) }
}
