/** What the build changes on the way from the sources to the bundle. */
import { readFile } from 'node:fs/promises'
import type { Plugin } from 'esbuild'

type Described = { id: string }

/** Serves from memory what is only known at build time: the commands' manifest, and the part of package.json that is read. */
export function inMemory(described: readonly Described[]): Plugin {
  const commands = Object.fromEntries(
    // Where it came from, for oclif's own loader.
    described.map((command) => [command.id, { ...command, isESM: undefined, relativePath: undefined }]),
  )
  return {
    name: 'in memory',
    setup(build) {
      build.onResolve({ filter: /^mhloop:manifest$/ }, ({ path }) => ({ path, namespace: 'mhloop' }))
      // As text to parse: V8 reads JSON faster than the same object in a source.
      build.onLoad({ filter: /manifest$/, namespace: 'mhloop' }, () => ({
        contents: `export default JSON.parse(${JSON.stringify(JSON.stringify({ commands }))})`,
      }))
      build.onLoad({ filter: /\/package\.json$/ }, async ({ path }) => {
        const { name, version, description, oclif } = JSON.parse(await readFile(path, 'utf8'))
        const read = path.includes('/node_modules/') ? { name, version } : { name, version, description, oclif }
        return { contents: JSON.stringify(read), loader: 'json' }
      })
    },
  }
}

/** got, without what it makes for the case that it is needed and what mhloop never or seldom asks of it. */
export const leanGot: Plugin = {
  name: 'lean got',
  setup(build) {
    build.onLoad({ filter: /\/@sindresorhus\/is\/distribution\/index\.js$/ }, async ({ path }) => ({
      contents: madeAtFirstUse(await readFile(path, 'utf8')),
    }))
    build.onResolve({ filter: /\/http2-client\.js$/ }, ({ path }) => ({ path, namespace: 'never called' }))
    // Every Node.js that we run on has it; to ask loads the module.
    build.onLoad(
      { filter: /\/(got\/dist\/source\/core\/(index|utils\/decompress-response)|decompress-response\/index)\.js$/ },
      async ({ path }) => ({
        contents: (await readFile(path, 'utf8')).replace(/typeof \w+\.createZstdDecompress === 'function'/, 'true'),
      }),
    )
  },
}

/** Node's own modules that take long to load, and of which most runs use nothing: each is loaded when something of it is. */
export const lazyBuiltins: Plugin = {
  name: 'lazy builtins',
  setup(build) {
    build.onResolve(
      { filter: /^(node:)?(child_process|crypto|dns|http2|readline|zlib)$/ },
      ({ path, namespace, kind }) => {
        const builtin = path.startsWith('node:') ? path : `node:${path}`
        // Loaded late by the source itself, which then wants the names of a module and not a stand-in's default.
        return namespace === 'at first use' || kind === 'dynamic-import'
          ? { path, external: true }
          : { path: builtin, namespace: 'at first use' }
      },
    )
    build.onLoad({ filter: /.*/, namespace: 'at first use' }, ({ path }) => ({ contents: atFirstUse(path) }))
  },
}

function atFirstUse(builtin: string): string {
  const names = Object.keys(process.getBuiltinModule(builtin) ?? {})
  return `module.exports={${names.map((name) => `get ${name}(){return require('${builtin}').${name}}`)}}`
}

/** Formats lists for an error message; to make one takes ICU longer than everything else in got. */
function madeAtFirstUse(source: string): string {
  const lazy = source.replaceAll(
    /new Intl\.ListFormat\(([^()]*)\)/g,
    '{format:(list)=>new Intl.ListFormat($1).format(list)}',
  )
  if (lazy === source)
    throw new Error('@sindresorhus/is makes its formats another way now: see scripts/build-plugins.ts')
  return lazy
}

/** oclif compiles a template for each text of its help, where all of ours want is a value: `<%= config.bin %>`. */
const values = `exports.render=(text,context)=>text.replace(/<%=\\s*([\\w.]+)\\s*%>/g,(_,path)=>
  path.split('.').reduce((from,name)=>from?.[name],context)??'')`

/** What the sources import from oclif's barrel, each loaded at first use. */
const ofBarrel = {
  Args: "require('@oclif/core/args')",
  Command: "require('@oclif/core/command').Command",
  CommandHelp: "require('@oclif/core/help').CommandHelp",
  Config: "require('@oclif/core/config').Config",
  Flags: "require('@oclif/core/flags')",
  Help: "require('@oclif/core/help').Help",
  Parser: "require('@oclif/core/parser')",
  settings: "require('@oclif/core/settings').settings",
}

/** Searching the disk for commands, plugins and settings, and Windows under Linux: with everything in memory, never asked. */
const neverCalled = /^(cli-spinners|lilconfig|minimatch|tinyglobby|wsl-utils)$/

/** oclif loads all of itself, and a third of Node.js, before it does anything. In the bundle it loads what it uses. */
export const leanOclif: Plugin = {
  name: 'lean oclif',
  setup(build) {
    build.onResolve({ filter: /^@oclif\/core$/ }, () => ({ path: 'barrel', namespace: 'oclif' }))
    build.onLoad({ filter: /^barrel$/, namespace: 'oclif' }, () => ({
      contents: `module.exports={${Object.entries(ofBarrel).map(([name, from]) => `get ${name}(){return ${from}}`)}}`,
      resolveDir: import.meta.dirname,
    }))
    build.onResolve({ filter: /^ejs$/ }, () => ({ path: 'values', namespace: 'oclif' }))
    build.onLoad({ filter: /^values$/, namespace: 'oclif' }, () => ({ contents: values }))
    build.onResolve({ filter: neverCalled }, ({ path, importer }) =>
      importer.includes('/@oclif/core/') ? { path, namespace: 'never called' } : null,
    )
    build.onLoad({ filter: /.*/, namespace: 'never called' }, () => ({ contents: 'module.exports={}' }))
    build.onLoad({ filter: /\/@oclif\/core\/lib\/.*\.js$/ }, async ({ path }) => ({
      contents: lazily(await readFile(path, 'utf8')),
    }))
  },
}

/**
 * Imports as TypeScript writes them for CommonJS, `const name_1 = require('…')` and `name_1.what`, made lazy: the module
 * is loaded where it is first used.
 */
export function lazily(source: string): string {
  let lazy = source
  for (const [line, name, from] of source.matchAll(
    /^(?:const|var) (\w+_\d+) = ((?:__importDefault\()?require\("[^"]+"\)\)?);$/gm,
  )) {
    lazy = lazy
      .replaceAll(new RegExp(`\\b${name}\\.`, 'g'), `${name}.it.`)
      .replace(line, `const ${name}={get it(){return this.loaded??=${from}}};`)
  }
  return lazy
}
