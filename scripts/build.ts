/**
 * `npm run build`: the published form, in dist/. Everything that mhloop needs is bundled and cut into chunks, of which a run
 * loads only what its command uses; what oclif would search the disk for is in memory. The sources themselves run as they
 * are (Node.js strips the types): developers and tests need no build, and types are checked by `npm run types`.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Config, settings } from '@oclif/core'
import { build, type OutputFile } from 'esbuild'
import { inMemory, lazyBuiltins, leanGot, leanOclif } from './build-plugins.ts'
import { licencesOf } from './licences.ts'
import { filesOf } from './packs.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

/** Taken from node_modules at run time: native, or never there. */
const external = ['@napi-rs/keyring', 'pg-native', 'typescript', 'ts-node', 'tsx']

async function main(): Promise<void> {
  const packageJson = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const commands = await describedCommands(packageJson)
  const { outputFiles, metafile } = await build({
    stdin: { contents: entryOf(commands), resolveDir: root, sourcefile: 'mhloop.ts', loader: 'ts' },
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    outdir: dist,
    entryNames: 'mhloop-[hash]',
    chunkNames: '[name]-[hash]',
    // Names stay: some errors are known by their class.
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'external',
    sourcesContent: false,
    external,
    plugins: [inMemory(commands), leanOclif, leanGot, lazyBuiltins],
    logLevel: 'warning',
  })
  const chunks = outputFiles.filter(({ path }) => path.endsWith('.js'))
  const files = await filesOf(
    chunks.map((chunk) => ({ name: basename(chunk.path), text: withMap(chunk, outputFiles) })),
    metafile,
  )
  const entry = files[0]?.name
  await rm(dist, { recursive: true, force: true })
  await mkdir(dist)
  for (const { name, code, map } of files) {
    await Promise.all([writeFile(join(dist, name), code), writeFile(join(dist, `${name}.map`), map)])
  }
  await writeFile(join(dist, 'package.json'), `${JSON.stringify({ type: 'commonjs', main: `./${entry}` })}\n`)
  await buildHelper()
  await writeFile(join(dist, 'LICENCES.txt'), await licencesOf(root, Object.keys(metafile.inputs)))
}

/** A program of its own, which the chunks start by this name (src/merchants/keychain.ts). */
async function buildHelper(): Promise<void> {
  await build({
    entryPoints: [join(root, 'src/merchants/keychain-process.ts')],
    outfile: join(dist, 'keychain-process.js'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    external,
    logLevel: 'warning',
  })
}

type Described = { id: string; args: object; strict: boolean }

/** Every command of src/commands, as oclif's manifest tells it. */
async function describedCommands(packageJson: object): Promise<Described[]> {
  settings.enableAutoTranspile = false
  const config = new Config({ root, pjson: packageJson as never, ignoreManifest: true })
  await config.load()
  const [plugin] = config.plugins.values() as Iterable<{ manifest?: { commands: Record<string, Described> } }>
  return Object.values(plugin?.manifest?.commands ?? {})
}

/** The program's first chunk: which commands there are, and how each is loaded. */
function entryOf(commands: readonly Described[]): string {
  const table = commands.map(({ id, args, strict }) => {
    const takesArguments = !strict || Object.keys(args).length > 0
    const load = `() => import('./src/commands/${id.replaceAll(':', '/')}.ts')`
    return `${JSON.stringify(id)}: { takesArguments: ${takesArguments}, load: ${load} },`
  })
  return `
    import { main } from './src/cli/main.ts'
    import packageJson from './package.json'
    const commands = {${table.join('\n')}}
    const manifest = async () => (await import('mhloop:manifest')).default
    export const run = (argv) => main(argv, { root: __dirname, packageJson, commands, manifest })`
}

function withMap({ path, text }: OutputFile, all: readonly OutputFile[]): string {
  const map = all.find((file) => file.path === `${path}.map`)
  return `${text}\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(map?.contents ?? '').toString('base64')}`
}

await main()
