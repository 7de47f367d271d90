/**
 * Builds the program that the children run: the commands from their sources, as one bundle, so that it starts quickly,
 * with the crash points between its modules. None of this is built into dist/.
 */
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { bundling } from '../../../scripts/bundling.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

const commands = ['serve', 'asn sync', 'rma resolve']

/** The files whose exports inside.ts replaces. */
const wrapped: Record<string, string> = {
  'journal/open-journal': 'openJournal',
  'http/create-transport': 'createTransport',
  'http/rate-limit/rate-limit': 'sharedRateLimiter',
}

/** A bug in one source of the program, to see that the kill loop finds it. */
export type PlantedBug = { name: string; file: string; from: string; to: string }

/** Builds the program in a fresh folder, which `remove` deletes. */
export async function buildProgram(
  bug: PlantedBug | null = null,
): Promise<{ program: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'mhloop-killed-'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await build({
    ...bundling,
    stdin: { contents: entry(), resolveDir: root, sourcefile: 'killed.ts', loader: 'ts' },
    outdir: folder,
    entryNames: 'killed',
    outExtension: { '.js': '.mjs' },
    splitting: true,
    plugins: [crashPoints, ...(bug === null ? [] : [withBug(bug)])],
  })
  return { program: join(folder, 'killed.mjs'), remove: () => rm(folder, { recursive: true, force: true }) }
}

function entry(): string {
  const table = commands.map((name) => {
    const load = `() => import('./src/commands/${name.replace(' ', '/')}.ts')`
    return `${JSON.stringify(name.replace(' ', ':'))}: { takesArguments: true, load: ${load} },`
  })
  return `
    import './test/proof/kills/inside.ts'
    import packageJson from './package.json'
    const { main } = await import('./src/cli/program/main.ts')
    const commands = {${table.join('\n')}}
    await main(process.argv.slice(2), { root: '', packageJson, commands, manifest: async () => ({ commands: {} }) })`
}

const crashPoints: Plugin = {
  name: 'crash points',
  setup(build) {
    const nameOf = (path: string) => Object.keys(wrapped).find((name) => path.endsWith(`/${name}.ts`))
    build.onResolve({ filter: /\.ts$/ }, async ({ path, namespace, resolveDir, kind, pluginData }) => {
      if (namespace === 'wrapped' || pluginData === 'seen' || nameOf(path) === undefined) return undefined
      const found = await build.resolve(path, { resolveDir, kind, pluginData: 'seen' })
      return { path: found.path, namespace: 'wrapped' }
    })
    build.onLoad({ filter: /./, namespace: 'wrapped' }, ({ path }) => {
      const name = nameOf(path) ?? ''
      const real = JSON.stringify(path)
      const what = wrapped[name]
      const contents = `
        export * from ${real}
        import { ${what} as real } from ${real}
        export const ${what} = globalThis.crashWrappers[${JSON.stringify(name)}].${what}(real)`
      return { contents, resolveDir: root }
    })
  },
}

function withBug({ name, file, from, to }: PlantedBug): Plugin {
  return {
    name,
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (!path.endsWith(file)) return undefined
        const source = await readFile(path, 'utf8')
        if (!source.includes(from)) throw new Error(`${file} is written otherwise now: "${name}" can't be planted`)
        return { contents: source.replace(from, to), loader: 'ts' }
      })
    },
  }
}
