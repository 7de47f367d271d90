/**
 * `npm run build`: the published form, in dist/. esbuild bundles the sources with all that they need and cuts them into
 * modules, of which a run loads only what its command imports. The sources themselves run as they are (Node.js strips the
 * types): developers and tests need no build, and types are checked by `npm run types`.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Config } from '@oclif/core/config'
import { settings } from '@oclif/core/settings'
import { type BuildOptions, build } from 'esbuild'
import { bundling } from './bundling.ts'
import { licencesOf } from './licences.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

const common = { ...bundling, outdir: dist } satisfies BuildOptions

async function main(): Promise<void> {
  const packageJson = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const commands = await describedCommands(packageJson)
  await rm(dist, { recursive: true, force: true })
  await mkdir(dist)
  const { metafile } = await build({
    ...common,
    stdin: { contents: entryOf(commands), resolveDir: root, sourcefile: 'mhloop.ts', loader: 'ts' },
    entryNames: 'mhloop',
    chunkNames: '[name]-[hash]',
    splitting: true,
    metafile: true,
    // Names are kept, because some errors are recognised by the name of their class.
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'linked',
    sourcesContent: false,
  })
  // A program of its own, which src/merchants/stores/keychain.ts starts by this name.
  await build({ ...common, entryPoints: [join(root, 'src/merchants/stores/keychain-process.ts')] })
  await writeFile(join(dist, 'manifest.json'), JSON.stringify({ commands: manifestOf(commands) }))
  await writeFile(join(dist, 'package.json'), `${JSON.stringify({ type: 'module' })}\n`)
  await writeFile(join(dist, 'LICENCES.txt'), await licencesOf(root, Object.keys(metafile.inputs)))
}

type Described = { id: string; args: object; strict: boolean }

/** Every command of src/commands, described as in oclif's manifest. */
async function describedCommands(packageJson: object): Promise<Described[]> {
  settings.enableAutoTranspile = false
  const config = new Config({ root, pjson: packageJson as never, ignoreManifest: true })
  await config.load()
  const [plugin] = config.plugins.values() as Iterable<{ manifest?: { commands: Record<string, Described> } }>
  return Object.values(plugin?.manifest?.commands ?? {})
}

/** Without the file of each command, which only oclif's own loader uses. */
function manifestOf(commands: readonly Described[]): Record<string, Described> {
  return Object.fromEntries(
    commands.map((command) => [command.id, { ...command, isESM: undefined, relativePath: undefined }]),
  )
}

/** The program's first module: which commands there are, and how each is loaded. */
function entryOf(commands: readonly Described[]): string {
  const table = commands.map(({ id, args, strict }) => {
    const takesArguments = !strict || Object.keys(args).length > 0
    const load = `() => import('./src/commands/${id.replaceAll(':', '/')}.ts')`
    return `${JSON.stringify(id)}: { takesArguments: ${takesArguments}, load: ${load} },`
  })
  return `
    import { main } from './src/cli/program/main.ts'
    import packageJson from './package.json'
    const commands = {${table.join('\n')}}
    const manifest = async () => (await import('./manifest.json', { with: { type: 'json' } })).default
    export const run = (argv) => main(argv, { root: import.meta.dirname, packageJson, commands, manifest })`
}

await main()
