/**
 * What a run loads together lies together. esbuild cuts a chunk for everything that any two commands share, which makes
 * sixty files for one command; a pack is one file of many chunks, each still run only when it is asked for.
 */
import { createHash } from 'node:crypto'
import { build, type Metafile, type Plugin } from 'esbuild'

/** A chunk as esbuild cut it: ESM, with its source map inline. */
export type Chunk = { name: string; text: string }
export type File = { name: string; code: string; map: string }

/** Sources that make a pack together with all that they import; what an earlier pack has is left out of the later ones. */
const packs: Record<string, string[]> = {
  // Every command.
  mhloop: ['mhloop.ts', 'src/cli/program.ts', 'src/cli/base-command.ts', 'src/cli/report.ts', 'src/cli/faults.ts'],
  // Where things are: completion asks for it without a client or the database layer.
  folders: ['src/journal/data-folder.ts'],
  locations: ['src/journal/sqlite/location.ts', 'src/journal/postgres/location.ts'],
  help: ['src/cli/dispatch.ts', 'src/cli/help.ts', 'mhloop:mhloop:manifest', 'never called:wsl-utils'],
  merchants: ['src/usecases/list-merchants.ts', 'src/merchants/resolve.ts'],
  // Every command that works for a merchant.
  vendors: [
    'src/cli/merchant-command.ts',
    'src/usecases/vendor-clients.ts',
    'src/http/create-transport.ts',
    'src/http/rate-limit.ts',
    'got/dist/source/index.js',
    'src/loop/create-loop-client.ts',
    'src/masonhub/create-masonhub-client.ts',
    'src/journal/open-journal.ts',
    'src/usecases/show.ts',
    'src/cli/views/rma-data.ts',
    'src/cli/views/rma-page.ts',
  ],
}

/** The files of the build, as CommonJS: packs, and the chunks that are in none. The first is the program's. */
export async function filesOf(chunks: readonly Chunk[], { outputs }: Metafile): Promise<File[]> {
  const names = chunks.map(({ name }) => name).toSorted()
  const buildId = createHash('sha256').update(names.join()).digest('hex').slice(0, 12)
  const packOf = new Map<string, string>()
  for (const [pack, sources] of Object.entries(packs)) {
    for (const source of sources) {
      for (const name of importedFrom(source, outputs)) if (!packOf.has(name)) packOf.set(name, `${pack}-${buildId}.js`)
    }
  }
  const texts = new Map(chunks.map(({ name, text }) => [name, text]))
  const byFile = Map.groupBy(names, (name) => packOf.get(name) ?? name)
  const files = await Promise.all([...byFile].map(([file, own]) => fileOf(file, own, { texts, packOf })))
  return files.toSorted((a, b) => Number(b.name.startsWith('mhloop-')) - Number(a.name.startsWith('mhloop-')))
}

/** Names of the chunks that hold a source, or stand for it, and of all that they import, not counting what is loaded later. */
function importedFrom(source: string, outputs: Metafile['outputs']): Set<string> {
  const isIt = (path: string | undefined) => path !== undefined && (path === source || path.endsWith(`/${source}`))
  const starts = Object.entries(outputs).flatMap(([path, { entryPoint, inputs }]) =>
    isIt(entryPoint) || Object.keys(inputs).some(isIt) ? [path] : [],
  )
  if (starts.length === 0) throw new Error(`scripts/packs.ts names ${source}, which is nowhere in the bundle`)
  const found = new Set(starts)
  for (const path of found) {
    for (const { path: next, kind, external } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) found.add(next)
    }
  }
  return new Set([...found].map(nameOf))
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

type Known = { texts: ReadonlyMap<string, string>; packOf: ReadonlyMap<string, string> }

/**
 * CommonJS, because bin/run.js can then load it with the code that V8 compiled earlier, which Node.js has no way to do for
 * a module. A pack exports `chunk(name)`; the program's also `run`.
 */
async function fileOf(file: string, own: readonly string[], known: Known): Promise<File> {
  const isPack = known.packOf.get(own[0] ?? '') === file
  const { outputFiles } = await build({
    stdin: {
      contents: isPack ? packEntry(own) : `module.exports = require('./${file}')`,
      sourcefile: file,
      resolveDir: '/',
    },
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    outfile: `/${file}`,
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': '__fileUrl' },
    banner: { js: usesOwnUrl(own, known) ? 'const __fileUrl=require("node:url").pathToFileURL(__filename).href;' : '' },
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'linked',
    sourcesContent: false,
    plugins: [chunksFrom(own, known)],
    logLevel: 'warning',
  })
  const text = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? ''
  return { name: file, code: text('.js'), map: text('.map') }
}

function packEntry(names: readonly string[]): string {
  const table = names.map((name) => `${JSON.stringify(name)}: () => require('./${name}'),`).join('\n')
  const program = names.find((name) => name.startsWith('mhloop-'))
  const run = program === undefined ? '' : `exports.run = (argv) => require('./${program}').run(argv)`
  return `const chunks = { ${table} }\nexports.chunk = (name) => chunks[name]()\n${run}`
}

function usesOwnUrl(names: readonly string[], { texts }: Known): boolean {
  return names.some((name) => texts.get(name)?.includes('import.meta.url'))
}

/** A file's own chunks from memory; those of packs by way of the pack; other files, and node_modules, as they are. */
function chunksFrom(own: readonly string[], { texts, packOf }: Known): Plugin {
  const isOwn = new Set(own)
  return {
    name: 'chunks',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ path }) => {
        const name = path.startsWith('./') ? path.slice(2) : ''
        if (isOwn.has(name)) return { path: name, namespace: 'chunk' }
        return packOf.has(name) ? { path: name, namespace: 'packed' } : { path, external: true }
      })
      onLoad({ filter: /.*/, namespace: 'chunk' }, ({ path }) => ({ contents: texts.get(path) ?? '', resolveDir: '/' }))
      onLoad({ filter: /.*/, namespace: 'packed' }, ({ path }) => ({
        contents: `module.exports = require('./${packOf.get(path)}').chunk('${path}')`,
        resolveDir: '/',
      }))
    },
  }
}
