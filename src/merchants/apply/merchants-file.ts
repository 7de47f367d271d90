import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml'
import { Fault } from '../../core/errors/fault.ts'
import type { ReasonRule } from '../../core/merchants/policy.ts'
import { readReasonCode, ruleKey, wrongCode } from '../../core/reasons/reason-table.ts'
import { didYouMean } from '../../core/text/closest.ts'
import { printable } from '../../core/text/printable.ts'
import { assemble } from '../profiles/assemble.ts'
import { type Profile, wrongName } from '../profiles/profile.ts'
import { settings, withSetting } from '../profiles/settings.ts'
import { readReference } from '../references/references.ts'
import { type SecretName, secretNames, secretTitles, storeKinds } from '../secrets/credentials.ts'

/** A merchant as the file describes it; `store` is absent when the file does not set it. */
export type Declared = { name: string; profile: DeclaredProfile }
export type DeclaredProfile = Pick<
  Profile,
  'environment' | 'loop' | 'masonhub' | 'policy' | 'intervals' | 'store' | 'secrets'
>
/** Line and column count from 1. */
export type FileProblem = { line: number; column: number; message: string }
export type MerchantsFile = { merchants: Declared[]; problems: FileProblem[] }

/** Enough for thousands of merchants. */
const mostCharacters = 2_000_000
/** Lines and commas. With more, the library takes minutes, in which it ignores Ctrl-C (H14). */
const mostEntries = 40_000
/** The most problems that are reported at once. */
const mostProblems = 100

const ownKeys = ['reasons', 'store', 'secrets'] as const
const merchantKeys = [...settings.map(({ key }) => key), ...ownKeys]

/**
 * Reads a file of merchants (YAML 1.2, without anchors, aliases and tags). Every problem is reported with its place;
 * with any problem nothing may be stored. Loads the YAML library, so import it lazily. Messages repeat a value only
 * where it can't be a secret (F59).
 */
export function readMerchantsFile(text: string): MerchantsFile {
  if (text.length > mostCharacters) return only('It is larger than a merchants file may be (2 MB).')
  if ((text.match(/[\n,]/g)?.length ?? 0) > mostEntries) {
    return only(`It has more entries than a merchants file may have (${mostEntries} lines and commas). Split it.`)
  }
  const lines = new LineCounter()
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false, merge: false, version: '1.2' } as const
  const document: Document = parseDocument(text, options)
  const syntax = document.errors.map(
    ({ code, pos: [from] }): FileProblem => ({ ...placeOf(lines, from), message: syntaxWords[code] ?? notYaml }),
  )
  if (syntax.length > 0) return { merchants: [], problems: syntax.slice(0, 1) }
  const reading = createReading(lines)
  const barred = forbidden(document, lines)
  reading.problems.push(...barred)
  const merchants = barred.length > 0 ? [] : readMerchants(reading, document.contents)
  if (barred.length === 0) reading.problems.push(...repeated(document, lines))
  return { merchants, problems: reading.problems.sort((a, b) => a.line - b.line || a.column - b.column) }
}

/** Keys that occur twice in one map. The library's own check takes minutes for a long map (H14). */
function repeated(document: Document, lines: LineCounter): FileProblem[] {
  const problems: FileProblem[] = []
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>()
      for (const { key } of items) {
        if (!isScalar(key)) continue
        if (seen.has(key.value) && problems.length < mostProblems)
          problems.push({ ...placeOf(lines, key.range?.[0] ?? 0), message: repeatedKey })
        seen.add(key.value)
      }
    },
  })
  return problems
}

const notYaml = 'This is not YAML.'
const repeatedKey = 'Duplicate key.'
/** The library's own messages quote the text, which may be a secret. */
const syntaxWords: Record<string, string> = {
  TAB_AS_INDENT: 'This line is indented with a tab. YAML allows only spaces.',
  BAD_INDENT: 'This line is indented by the wrong number of spaces.',
  MISSING_CHAR: 'A quote or a bracket is not closed, or a ":" or a space is missing.',
  MULTIPLE_DOCS: 'A second document begins here (---). The file must hold one document.',
  BAD_ALIAS: 'Aliases (*name) are not supported. Write the value out.',
  BAD_SCALAR_START: 'A value that begins with this character must be quoted.',
  BAD_DQ_ESCAPE: 'Unknown escape sequence in double quotes. In single quotes a backslash needs no escape.',
  UNEXPECTED_TOKEN: 'Unexpected here: a list and keys are mixed, or a value needs quotes.',
  RESOURCE_EXHAUSTION: 'Nested too deeply.',
}

function only(message: string): MerchantsFile {
  return { merchants: [], problems: [{ line: 1, column: 1, message }] }
}

function placeOf(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

/** Anchors, aliases and tags: they make a file mean more than it shows, or grow without limit. */
function forbidden(document: Document, lines: LineCounter): FileProblem[] {
  const problems: FileProblem[] = []
  const report = (node: Node, message: string) => problems.push({ ...placeOf(lines, node.range?.[0] ?? 0), message })
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) report(node, syntaxWords['BAD_ALIAS'] ?? notYaml)
      else if (node.anchor !== undefined)
        report(node, 'Anchors (&name) are not supported. Write the value out where it is needed.')
      else if (node.tag !== undefined) report(node, 'Tags (!name) are not supported.')
      return problems.length >= 20 ? visit.BREAK : undefined
    },
  })
  return problems
}

type KeyAndValue = { key: string; keyNode: unknown; value: unknown }
type Reading = {
  problems: FileProblem[]
  report(node: unknown, message: string): void
  /** The pairs of a map, with their keys as text; reports a problem for anything else. */
  pairs(node: unknown, what: string): KeyAndValue[]
  items(node: unknown, what: string): unknown[]
  /** A single value as it was written; null, and a problem, for anything else. */
  text(node: unknown, what: string): string | null
  isList(node: unknown): boolean
}

function createReading(lines: LineCounter): Reading {
  const problems: FileProblem[] = []
  const report: Reading['report'] = (node, message) => {
    if (problems.length >= mostProblems) return
    const range = isNode(node) ? node.range : null
    problems.push({ ...placeOf(lines, range?.[0] ?? 0), message })
  }
  const written = (node: unknown): string | null => {
    if (!isScalar(node)) return null
    const { value, source } = node
    if (typeof value === 'string') return value
    return value === null || value === undefined ? null : (source ?? String(value))
  }
  return {
    problems,
    report,
    pairs(node, what) {
      if (isMap(node)) {
        return node.items.map(({ key, value }) => ({ key: written(key) ?? '', keyNode: key, value }))
      }
      report(node, `${what} must be a mapping of keys to values.`)
      return []
    },
    items(node, what) {
      if (isSeq(node)) return node.items
      report(node, `${what} must be a list.`)
      return []
    },
    text(node, what) {
      const text = written(node)
      if (text !== null && text.trim() !== '') return text
      report(node, `${what} needs a value. Leave it out to use the default.`)
      return null
    },
    isList: (node) => isSeq(node),
  }
}

function readMerchants(reading: Reading, contents: unknown): Declared[] {
  const top = reading.pairs(contents, 'The file')
  for (const { key, keyNode } of top) {
    if (key !== 'merchants') reading.report(keyNode, unknownKey(reading, key, ['merchants']))
  }
  const merchants = top.find(({ key }) => key === 'merchants')
  if (merchants === undefined) {
    if (reading.problems.length === 0) reading.report(contents, 'The key "merchants" is missing.')
    return []
  }
  const seen = new Set<string>()
  return reading.pairs(merchants.value, 'merchants').flatMap(({ key, keyNode, value }) => {
    // YAML takes 1 and "1" for two different keys.
    const wrong = wrongName(key) ?? (seen.has(key) ? repeatedKey : null)
    seen.add(key)
    if (wrong !== null) reading.report(keyNode, wrong)
    const problemsBefore = reading.problems.length
    const profile = readMerchant(reading, key, keyNode, value)
    return profile === null || reading.problems.length > problemsBefore || wrong !== null
      ? []
      : [{ name: key, profile }]
  })
}

function readMerchant(reading: Reading, name: string, nameNode: unknown, node: unknown): DeclaredProfile | null {
  const problemsBefore = reading.problems.length
  const pairs = reading.pairs(node, `The merchant "${printable(name, 60)}"`)
  // An empty value is an error, too: if it were ignored, --prune would remove the merchant of that name.
  const isMapping = reading.problems.length === problemsBefore
  const profile = pairs.reduce((before, pair) => withPair(reading, before, pair), { masonhub: {} } as Profile)
  for (const key of isMapping ? ['environment', 'slug'] : []) {
    if (!pairs.some((pair) => pair.key === key))
      reading.report(nameNode, `The merchant "${printable(name, 60)}" has no ${key}.`)
  }
  const { environment, masonhub } = profile
  if (environment === undefined || masonhub.slug === undefined) return null
  attempt(reading, nameNode, () => assemble(name, profile, 'profile'))
  return profile
}

function withPair(reading: Reading, profile: Profile, { key, keyNode, value }: KeyAndValue): Profile {
  const setting = settings.find((known) => known.key === key)
  if (setting !== undefined) {
    const { readPairs } = setting
    if (readPairs !== undefined && isMap(value)) {
      const pairs = reading.pairs(value, key).map((pair) => [pair.key, reading.text(pair.value, pair.key)] as const)
      const whole = pairs.flatMap(([one, text]) => (text === null ? [] : [[one, text] as const]))
      if (whole.length < pairs.length) return profile
      const amounts = attempt(reading, value, () => readPairs(whole))
      return amounts === undefined ? profile : withSetting(profile, setting.path, amounts)
    }
    const text = settingText(reading, key, value)
    const read = text === null ? undefined : attempt(reading, value, () => setting.read(text))
    return read === undefined ? profile : withSetting(profile, setting.path, read)
  }
  switch (key) {
    case 'reasons':
      return withSetting(profile, ['policy', 'reasons'], readReasons(reading, value))
    case 'store':
      return { ...profile, ...readStore(reading, value) }
    case 'secrets':
      return { ...profile, secrets: readReferences(reading, value) }
    default:
      reading.report(keyNode, unknownKey(reading, key, merchantKeys))
      return profile
  }
}

/** A list may be a YAML list, or text as in `merchant set`; a switch may also be a YAML boolean. */
function settingText(reading: Reading, key: string, value: unknown): string | null {
  if (
    isScalar(value) &&
    typeof value.value === 'boolean' &&
    settings.find((one) => one.key === key)?.takes === 'on|off'
  )
    return value.value ? 'on' : 'off'
  if (!reading.isList(value)) return reading.text(value, key)
  const items = reading.items(value, key).map((item) => reading.text(item, `Each entry of ${key}`))
  if (items.some((item) => item === null)) return null
  if (items.length > 0) return items.join(',')
  return settings.find((setting) => setting.key === key)?.empty ?? ''
}

function attempt<T>(reading: Reading, node: unknown, read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    reading.report(node, error.message)
    return undefined
  }
}

function readReasons(reading: Reading, node: unknown): ReasonRule[] {
  const seen = new Set<string>()
  return reading.items(node, 'reasons').flatMap((item) => {
    const fields: Record<string, string | null> = { parent: null, reason: null, code: null }
    const problemsBefore = reading.problems.length
    for (const { key, keyNode, value } of reading.pairs(item, 'Each entry of reasons')) {
      if (Object.hasOwn(fields, key)) fields[key] = reading.text(value, key)
      else reading.report(keyNode, unknownKey(reading, key, Object.keys(fields)))
    }
    const { parent = null, reason, code } = fields
    if (reading.problems.length > problemsBefore) return []
    const known = readReasonCode(code ?? '')
    if (!reason || !code) reading.report(item, 'Each entry of reasons needs a reason and a code.')
    else if (known === undefined) reading.report(item, wrongCode(code))
    if (!reason || known === undefined) return []
    const rule: ReasonRule = { parentReason: parent, reason, code: known }
    if (seen.has(ruleKey(rule))) reading.report(item, 'Duplicate reason.')
    seen.add(ruleKey(rule))
    return [rule]
  })
}

function readStore(reading: Reading, node: unknown): Pick<Profile, 'store'> {
  const text = reading.text(node, 'store')
  const store = storeKinds.find((kind) => kind === text)
  if (store !== undefined) return { store }
  if (text !== null) reading.report(node, `store must be ${storeKinds.join(' or ')}.`)
  return {}
}

/** Messages repeat neither an unknown key nor a value that is no reference: either may be a secret (F59). */
function readReferences(reading: Reading, node: unknown): NonNullable<Profile['secrets']> {
  const references: Partial<Record<SecretName, string>> = {}
  const keys = secretNames.map((name) => secretTitles[name].key)
  for (const { key, keyNode, value } of reading.pairs(node, 'secrets')) {
    const name = secretNames.find((one) => secretTitles[one].key === key)
    if (name === undefined) {
      reading.report(keyNode, `Unknown secret. A merchant has these: ${keys.join(', ')}.${didYouMean(key, keys)}`)
      continue
    }
    const text = reading.text(value, key)
    if (text === null) continue
    const read = readReference(text)
    if ('problem' in read) reading.report(value, `${key}: ${read.problem}. This file must not contain a secret itself.`)
    else references[name] = read.text
  }
  return references
}

function unknownKey({ problems }: Reading, key: string, known: readonly string[]): string {
  if (problems.length >= mostProblems) return ''
  return `Unknown key "${printable(key, 60)}".${didYouMean(key, known)}`
}
