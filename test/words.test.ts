/** Identifiers use the words of docs/design.md: private words that were removed must not come back. */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Node } from 'typescript/unstable/ast'
import {
  isBindingElement,
  isFunctionDeclaration,
  isIdentifier,
  isParameterDeclaration,
  isPrivateIdentifier,
  isTypeAliasDeclaration,
  isVariableDeclaration,
} from 'typescript/unstable/ast/is'
import { API } from 'typescript/unstable/sync'

const root = fileURLToPath(new URL('..', import.meta.url))
/** This file contains the words as keys. */
const itself = 'test/words.test.ts'

/** Words that are in no identifier any more, each with the word to use. */
const privateWords: Record<string, string> = {
  workplace: 'context',
  door: 'endpoint',
  doors: 'endpoints',
  lane: 'worker',
  lanes: 'workers',
  chore: 'job',
  chores: 'jobs',
  bell: 'wake-up',
  hindered: 'blocked',
  examine: 'check',
  examination: 'check',
  signs: 'metadata, probe',
  aside: 'failures',
  apart: 'separately',
  look: 'observation',
  looks: 'observations',
  looked: 'observed',
  stand: 'status',
  stands: 'statuses',
  standing: 'status',
  standings: 'statuses',
  turn: 'permit',
  turns: 'permits',
  book: 'store',
  stock: 'prefetched',
  nap: 'timer',
  vain: 'backing off',
  shown: 'printable, displayed',
  told: 'by what it does: describe, report, result',
  tell: 'by what it does: describe, report, notify',
  shelf: 'buffer',
  agenda: 'scheduler',
  moment: 'timestamp',
  moments: 'timestamps',
  talk: 'prompt context',
  dice: 'random',
  plant: 'planted bug',
  plants: 'planted bugs',
  crew: 'workers',
  front: 'reverse proxy',
  gate: 'middleware, checks, mutex',
  gates: 'checks',
  weather: 'fault rates',
  weathers: 'fault rates',
  storm: 'fault rates',
  odds: 'probability',
  doom: 'scheduled kill',
  doomed: 'killed',
  aim: 'coverage',
  fate: 'scenario, outcome',
  fates: 'scenarios, outcomes',
  birth: 'first migration',
  births: 'first migrations',
  mortal: 'killable',
  rival: 'concurrent worker',
  befall: 'inject faults',
  witness: 'comparison',
  witnesses: 'comparisons',
  truth: 'ground truth',
  wish: 'request',
  poison: 'bad, unreadable',
  wanted: 'desired, requested, expected',
  want: 'desired, expected',
  wants: 'requests',
  asked: 'requested, query, answer',
  kept: 'stored, retained',
  patience: 'timeout, limit',
  patient: 'with a longer timeout',
  pace: 'rate, clock',
  people: 'shoppers, operators, manual actions',
  hunt: 'search',
  aimed: 'directed',
  byname: 'explicit',
  byhand: 'explicit',
}

/** Five earlier names for one idea: explicit. */
const asExplicit = /^(?:by|refundBy|doneBy|isPassedBy)(?:Name|Hand)$/

/** Contract keys, and words that are plain English within a longer name (`givenUp`), each with the word to declare instead. */
const neverDeclared: Record<string, string> = {
  wanted: 'desired, requested, expected',
  asked: 'requested, query, answer',
  given: 'provided, arguments, values',
  kept: 'stored, retained',
}

/**
 * Words of house style that identifiers may have, because they are standard where they stand:
 * - `claim`, `parked`, `quarantine`, `fault`, `link` (the journal's table is `links`) and `settle`, by the glossary of
 *   docs/design.md;
 * - `dock`: the receiving dock of a warehouse; `story`, `stories`: the kinds of returns that the sandbox seeds, as its
 *   JSON calls them; `sign`: of a signature; `subject`: a column of leases, a field of Loop's grades, what a sealed
 *   record is bound to;
 * - plain English: `left` (one of two, left over), `live` (not deleted, `--live`), `life` (of a token), `rounds` (counted
 *   repetitions), `hand over`, `ask` (a prompt), `give up`, `keep alive`.
 */

/** Names that stay, each for its reason. */
const stays = new Set([
  // Keys of --json, and a column of the journal.
  'lane',
  'standing',
  'truth',
  'wanted',
  'kept',
  // A table of the journal.
  'turns',
  // To look something up, and a look-back window: standard terms.
  'LookUp',
  'lookBack',
  'lookUp',
  'lookUps',
  'lookedUp',
  'returnsToLookUp',
  // Loop's own word.
  'outOfStock',
  'out_of_stock',
  'out_of_stock_resolution',
  'processOutOfStock',
])

describe('words', () => {
  it('no identifier has a private word in it', async () => {
    const { names } = await identifiers()
    assert.ok(names.size > 5_000, `${names.size} identifiers`)
    const wrong = [...names].flatMap(([name, file]) => {
      // Codes are part of the contract.
      if (/^[A-Z\d_]+$/.test(name)) return []
      const word = partsOf(name.replace(/groundTruth/i, '')).find((part) => Object.hasOwn(privateWords, part))
      const better = word === undefined ? (asExplicit.test(name) ? 'explicit' : undefined) : privateWords[word]
      return better === undefined || stays.has(name) ? [] : [`${name} in ${file}: ${better}`]
    })
    assert.deepEqual(wrong, [])
  })

  it('no word of the contract is the name of a variable, function or type', async () => {
    const { declared } = await identifiers()
    const wrong = Object.entries(neverDeclared).flatMap(([word, better]) => {
      const file = declared.get(word)
      return file === undefined ? [] : [`${word} in ${file}: ${better}`]
    })
    assert.deepEqual(wrong, [])
  })

  it('what stays is there', async () => {
    const { names } = await identifiers()
    assert.deepEqual(
      [...stays].filter((name) => !names.has(name)),
      [],
    )
  })
})

function declares(name: Node): boolean {
  const { parent } = name
  return (
    (isVariableDeclaration(parent) ||
      isParameterDeclaration(parent) ||
      isFunctionDeclaration(parent) ||
      isTypeAliasDeclaration(parent) ||
      isBindingElement(parent)) &&
    parent.name === name
  )
}

/** `setDoors`, `FIRST_BY_HAND`, `#told` in small parts. */
function partsOf(name: string): string[] {
  const spaced = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
  return spaced
    .split(/[ _#]+/)
    .map((part) => part.toLowerCase())
    .filter((part) => part !== '')
}

/** Every identifier with one file that contains it, and those that name a variable, parameter, function or type. */
type Identifiers = { names: ReadonlyMap<string, string>; declared: ReadonlyMap<string, string> }

let known: Promise<Identifiers> | undefined

function identifiers(): Promise<Identifiers> {
  known ??= readIdentifiers()
  return known
}

async function readIdentifiers(): Promise<Identifiers> {
  const folder = await mkdtemp(join(tmpdir(), 'mhloop-words-'))
  const api = new API({ cwd: root })
  try {
    const configFile = join(folder, 'tsconfig.json')
    const compilerOptions = { noLib: true, noResolve: true, types: [], module: 'nodenext', noEmit: true, allowJs: true }
    const include = ['src/**/*.ts', 'test/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts', 'bin/*.js']
    const paths = include.flatMap((pattern) => globSync(pattern, { cwd: root }))
    const files = paths.filter((path) => path !== itself).map((path) => join(root, path))
    await writeFile(configFile, JSON.stringify({ compilerOptions, files }))
    const [project] = api.updateSnapshot({ openProject: configFile }).getProjects()
    if (project === undefined) throw new Error('TypeScript has opened no project')
    const names = new Map<string, string>()
    const declared = new Map<string, string>()
    for (const file of project.rootFiles) {
      const visit = (node: Node): void => {
        if ((isIdentifier(node) || isPrivateIdentifier(node)) && !names.has(node.text))
          names.set(node.text, relative(root, file))
        if (isIdentifier(node) && declares(node)) declared.set(node.text, relative(root, file))
        node.forEachChild(visit)
      }
      const source = project.program.getSourceFile(file)
      if (source !== undefined) visit(source)
    }
    return { names, declared }
  } finally {
    api.close()
    await rm(folder, { recursive: true })
  }
}
