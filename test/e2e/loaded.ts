/** What a run of the built program loads, told by a spy that is there before the program is. */
import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

export type Loaded = {
  exit: number | null
  stderr: string
  /** Files of src/ that are in the loaded chunks, without `src/`. */
  sources: string[]
  /** Packages of which anything is in the loaded chunks, or that were loaded from node_modules. */
  packages: string[]
  /** Node's own modules, without `node:`. */
  builtins: string[]
}

/** Nothing in here may load a module that the program would not: it lists Node's own at the end. */
const spy = `
  const vm = require('vm'), Module = require('module'), files = []
  const { Script } = vm, { _load } = Module
  vm.Script = class extends Script { constructor(source, options) { super(source, options); files.push(options.filename) } }
  Module._load = function (id, parent, isMain) { files.push(id); return _load.call(this, id, parent, isMain) }
  process.on('exit', () => {
    require('fs').writeFileSync(process.env.SPY_LIST, JSON.stringify({ files, builtins: process.moduleLoadList }))
  })`

/** Runs the built program with these arguments in an environment of its own, and tells what it loaded. */
export async function loadedBy(
  folder: string,
  argv: readonly string[],
  env: Record<string, string> = {},
): Promise<Loaded> {
  const spyFile = join(folder, 'spy.cjs')
  const list = join(folder, `loaded-${argv.join('-').replace(/\W/g, '_')}.json`)
  await writeFile(spyFile, spy)
  const own = { MHLOOP_CONFIG_DIR: join(folder, 'config'), MHLOOP_DATA_DIR: join(folder, 'data') }
  const child = spawn(process.execPath, ['--require', spyFile, program, ...argv], {
    env: { PATH: process.env.PATH, XDG_CACHE_HOME: join(folder, 'cache'), ...own, ...env, SPY_LIST: list },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stdout.resume()
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const exit = await new Promise<number | null>((resolve) => child.once('close', resolve))
  const { files, builtins } = JSON.parse(await readFile(list, 'utf8')) as { files: string[]; builtins: string[] }
  const maps = await Promise.all(files.filter((file) => file.includes('/dist/')).map(sourcesOf))
  const inside = maps.flat()
  return {
    exit,
    stderr,
    sources: unique(inside.flatMap((file) => /(?<!node_modules\/.*)\bsrc\/(.*)$/.exec(file)?.[1] ?? [])),
    packages: unique([
      ...inside.flatMap(packageOf),
      ...files.filter((file) => /^(@\w|[a-z])/.test(file) && !isBuiltin(file)),
    ]),
    builtins: unique(builtins.flatMap((name) => /^NativeModule ((?!internal\/)\S+)$/.exec(name)?.[1] ?? [])),
  }
}

async function sourcesOf(chunk: string): Promise<string[]> {
  if (basename(chunk) === 'package.json') return []
  return JSON.parse(await readFile(`${chunk}.map`, 'utf8')).sources
}

function packageOf(file: string): string[] {
  const name = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]
  return name === undefined ? [] : [name]
}

function isBuiltin(id: string): boolean {
  return process.getBuiltinModule(id) !== undefined
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted()
}
