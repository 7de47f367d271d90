import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { layers } from './architecture/layers.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** `target`: the imported file without its extension, such as `core/errors/fault`. */
type Import = { file: string; folder: string; target: string; isType: boolean }

function importsOf(path: string): Import[] {
  const text = readFileSync(join(root, path), 'utf8').replace(/^ \*.*$/gm, '')
  const folder = path.split('/')[1] ?? ''
  const imports = [...text.matchAll(/^(?:import|export)\s[^;']*?from '(\.[^']+)'|import\('(\.[^']+)'\)/gm)]
  // The package's version is not part of any layer.
  const ofSource = imports.filter((match) => match[1]?.endsWith('/package.json') !== true)
  return ofSource.map((match) => {
    const target = relative(join(root, 'src'), join(root, dirname(path), match[1] ?? match[2] ?? ''))
    return { file: path, folder, target: target.replace(/\.ts$/, ''), isType: /^(?:import|export) type/.test(match[0]) }
  })
}

/** A permission for a folder covers all of its files. */
function isOf(permission: string, target: string): boolean {
  return target === permission || target.startsWith(`${permission}/`)
}

const sources = globSync('src/**/*.ts', { cwd: root })
const foldersOfSource = [...new Set(sources.map((path) => path.split('/')[1] ?? ''))].sort()
/** Imports that lead to another folder. */
const imports = sources.flatMap(importsOf).filter(({ folder, target }) => !isOf(folder, target))

describe('architecture', () => {
  it('imports run one way: each folder imports what its layer may, and nothing else', () => {
    const wrong = imports.filter(({ folder, target, isType }) => {
      const layer = layers.find((other) => other.folder === folder)
      const may = [...(layer?.imports ?? []), ...(isType ? (layer?.types ?? []) : [])]
      return !may.some((permission) => isOf(permission, target))
    })
    assert.deepEqual(
      wrong.map(({ file, target }) => `${file} imports ${target}`),
      [],
    )
  })

  it('no file is in a circle of imports, those of types included', () => {
    const next = Map.groupBy(sources.flatMap(importsOf), ({ file }) => file)
    const done = new Set<string>()
    const circlesFrom = (path: string, above: readonly string[]): string[] => {
      if (above.includes(path)) return [[...above.slice(above.indexOf(path)), path].join(' → ')]
      if (done.has(path)) return []
      const found = (next.get(path) ?? []).flatMap(({ target }) => circlesFrom(`src/${target}.ts`, [...above, path]))
      done.add(path)
      return found
    }
    assert.deepEqual(
      sources.flatMap((path) => circlesFrom(path, [])),
      [],
    )
  })

  it('no layer may import what it does not need', () => {
    const isUsed = (folder: string, target: string, asType: boolean) =>
      imports.some((used) => used.folder === folder && isOf(target, used.target) && (asType || !used.isType))
    const idle = layers.flatMap(({ folder, imports: values, types = [] }) => [
      ...values.filter((target) => !isUsed(folder, target, false)).map((target) => `${folder} → ${target}`),
      ...types.filter((target) => !isUsed(folder, target, true)).map((target) => `${folder} → types of ${target}`),
    ])
    assert.deepEqual(idle, [])
    assert.deepEqual(layers.map(({ folder }) => folder).sort(), foldersOfSource)
  })

  it('the sandbox shares no wire code with the clients', () => {
    const shared = imports.filter(
      ({ folder, target }) =>
        folder === 'sandbox' && ['loop', 'masonhub', 'http'].some((client) => isOf(client, target)),
    )
    assert.deepEqual(
      shared.map(({ file }) => file),
      [],
    )
  })

  it('no room holds two things: no file over 400 lines', () => {
    const long = sources.filter((path) => readFileSync(join(root, path), 'utf8').split('\n').length > 400)
    assert.deepEqual(long, [])
  })

  it('only a person can ask for a refund of what arrived: no service, sweep, audit or smoke test names it', () => {
    const naming = sources.filter((path) => /['"]only-arrived['"]/.test(readFileSync(join(root, path), 'utf8')))
    assert.deepEqual(naming.sort(), [
      'src/commands/rma/resolve.ts',
      'src/usecases/resolve/proposal.ts',
      'src/usecases/resolve/propose.ts',
    ])
  })

  it('only src/http imports got, and only src/cli writes to the streams of the process', () => {
    const text = (path: string) => readFileSync(join(root, path), 'utf8')
    const got = sources.filter((path) => /from 'got'|import\('got'\)/.test(text(path)))
    assert.ok(
      got.every((path) => path.startsWith('src/http/')),
      got.join(', '),
    )
    // The keychain's helper is a separate program, whose answer goes to its standard output.
    const helper = 'src/merchants/stores/keychain-process.ts'
    const writers = sources.filter((path) => path !== helper && /process\.(stdout|stderr)/.test(text(path)))
    assert.ok(
      writers.every((path) => path.startsWith('src/cli/')),
      writers.join(', '),
    )
  })

  it('every command that a hint or an example names exists', () => {
    const commands = new Set(
      globSync('src/commands/**/*.ts', { cwd: root }).map((path) => path.slice('src/commands/'.length, -'.ts'.length)),
    )
    const topics = new Set(
      [...commands].flatMap((path) => path.split('/').map((_, index, words) => words.slice(0, index).join('/'))),
    )
    const wrong = sources.flatMap((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      return [...text.matchAll(/(?:mhloop|config\.bin %>) ((?:[a-z]+ ?){1,3})/g)].flatMap(([, words = '']) => {
        const typed = words.trim().split(' ')
        const named = typed.map((_, index) => typed.slice(0, index + 1).join('/'))
        const first = typed[0] ?? ''
        const known = named.some((name) => commands.has(name)) || first === 'help'
        return typed.length > 1 && topics.has(first) && !known ? [`${path}: mhloop ${words}`] : []
      })
    })
    assert.deepEqual(wrong, [])
  })

  it('words of the wire stay in the clients and the sandbox', () => {
    const leaks = sources.filter(
      (path) =>
        /^src\/(commands|usecases|core|cli)\//.test(path) &&
        /X-Authorization|customer_identifier/.test(readFileSync(join(root, path), 'utf8')),
    )
    assert.deepEqual(leaks, [])
  })
})
