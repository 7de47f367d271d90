/** Lists what a run of the built program loads, by a hook that is installed before the program. */
import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

export type Loaded = {
  exit: number | null
  stderr: string
  /** Files of src/ in the loaded modules, without `src/`. */
  sources: string[]
  /** Packages with a part in the loaded modules, or loaded from node_modules. */
  packages: string[]
  /** Node's own modules, without `node:`. */
  builtins: string[]
}

/** The hook loads nothing that the program would not: Node's own modules are listed at the end. */
const spy = `
  import { registerHooks } from 'node:module'
  const urls = []
  registerHooks({ load(url, context, next) { urls.push(url); return next(url, context) } })
  process.on('exit', () => {
    const { writeFileSync } = process.getBuiltinModule('fs')
    writeFileSync(process.env.SPY_LIST, JSON.stringify({ urls, builtins: process.moduleLoadList }))
  })`

/** Runs the built program with these arguments in a separate environment; returns what it loaded. */
export async function loadedBy(
  folder: string,
  argv: readonly string[],
  env: Record<string, string> = {},
): Promise<Loaded> {
  const spyFile = join(folder, 'spy.mjs')
  const list = join(folder, `loaded-${argv.join('-').replace(/\W/g, '_')}.json`)
  await writeFile(spyFile, spy)
  const own = { MHLOOP_CONFIG_DIR: join(folder, 'config'), MHLOOP_DATA_DIR: join(folder, 'data') }
  const child = spawn(process.execPath, ['--import', pathToFileURL(spyFile).href, program, ...argv], {
    env: { PATH: process.env.PATH, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME, ...own, ...env, SPY_LIST: list },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stdout.resume()
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const exit = await new Promise<number | null>((resolve) => child.once('close', resolve))
  const { urls, builtins } = JSON.parse(await readFile(list, 'utf8')) as { urls: string[]; builtins: string[] }
  const files = urls.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url))
  const inside = (await Promise.all(files.filter((file) => /[/\\]dist[/\\].*\.js$/.test(file)).map(sourcesOf))).flat()
  return {
    exit,
    stderr,
    sources: unique(inside.flatMap((file) => /(?<!node_modules\/.*)\bsrc\/(.*)$/.exec(file)?.[1] ?? [])),
    packages: unique([...inside, ...files].flatMap(packageOf)),
    builtins: unique(builtins.flatMap((name) => /^NativeModule ((?!internal\/)\S+)$/.exec(name)?.[1] ?? [])),
  }
}

async function sourcesOf(module: string): Promise<string[]> {
  return JSON.parse(await readFile(`${module}.map`, 'utf8')).sources
}

function packageOf(file: string): string[] {
  const name = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]
  return name === undefined ? [] : [name]
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted()
}
