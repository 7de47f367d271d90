/**
 * `npm run check:package`: packs what would be published, installs it as an operator would, and runs it from there: what
 * works here only because the sources are near fails here. Needs the npm registry, or a cache of it.
 */
import { execFile } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))
/** mhloop, and the keychain with its native half. */
const mostPackages = 3
const mostMegabytes = 25

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mhloop-package-'))
  try {
    const { stdout: packed } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: root,
    })
    const [{ filename, size }] = JSON.parse(packed)
    const prefix = join(folder, 'installed')
    await run('npm', ['install', '--global', '--prefix', prefix, '--prefer-offline', join(folder, filename)], {
      cwd: folder,
    })
    tell(`${filename}: ${megabytes(size)} packed`)
    checkTree(prefix)
    await checkAnswers(prefix, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function checkTree(prefix: string): void {
  const files = globSync('**/node_modules/**', { cwd: prefix }).filter((file) => statSync(join(prefix, file)).isFile())
  const packages = new Set(files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]))
  const size = files.reduce((sum, file) => sum + statSync(join(prefix, file)).size, 0)
  tell(`${packages.size} packages, ${files.length} files, ${megabytes(size)} installed`)
  if (packages.size > mostPackages) throw new Error(`${packages.size} packages: ${[...packages].join(', ')}`)
  if (size > mostMegabytes * 1e6) throw new Error(`more than ${mostMegabytes} MB`)
}

/** Runs it with nothing of this checkout in reach, twice: without and with the code that V8 keeps. */
async function checkAnswers(prefix: string, folder: string): Promise<void> {
  const path = [join(prefix, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter)
  const env = {
    PATH: path,
    HOME: folder,
    MHLOOP_CONFIG_DIR: join(folder, 'config'),
    MHLOOP_DATA_DIR: join(folder, 'data'),
  }
  const questions: [string[], RegExp][] = [
    [['--version'], /^mhloop\/\d/],
    [['--help'], /FIRST STEPS/],
    [['merchant', 'list', '--json'], /"merchants": \[\]/],
    [['journal', 'status', '--json'], /"schema": "mhloop\/journal.status@1"/],
  ]
  for (const [argv, answer] of [...questions, ...questions]) {
    const { stdout, stderr } = await run(join(prefix, 'bin', 'mhloop'), argv, { cwd: folder, env })
    if (!answer.test(stdout) || stderr !== '') throw new Error(`mhloop ${argv.join(' ')}: ${stdout}${stderr}`)
  }
  tell(`mhloop runs from there: ${questions.map(([argv]) => argv.join(' ')).join(', ')}`)
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`)
}

await main()
