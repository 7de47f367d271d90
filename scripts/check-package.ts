/**
 * `npm run check:package`: packs the package from a clean clone of the last commit, installs it as an operator would,
 * and runs it there: what works only because the sources or an earlier build are near fails here (H28). Needs the npm
 * registry, or a cache of it.
 */
import { execFile } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))
/** mhloop, and the keychain with its native part. */
const mostPackages = 3
const mostMegabytes = 25

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mhloop-package-'))
  try {
    const clone = await cloneInto(join(folder, 'clone'))
    const { stdout: packed } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: clone })
    const [{ filename, size, files }] = JSON.parse(packed.slice(packed.indexOf('[')))
    await checkClone(clone)
    checkFiles(files.map(({ path }: { path: string }) => path))
    const prefix = join(folder, 'installed')
    await run('npm', ['install', '--global', '--prefix', prefix, '--prefer-offline', join(folder, filename)], {
      cwd: folder,
    })
    print(`${filename}: ${megabytes(size)} packed`)
    checkTree(prefix)
    await checkLocked(prefix)
    await checkAnswers(prefix, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Clones the repository: without dist/ and without uncommitted files, but with this folder's node_modules. */
async function cloneInto(clone: string): Promise<string> {
  await run('git', ['clone', '--quiet', '--no-local', root, clone])
  await symlink(join(root, 'node_modules'), join(clone, 'node_modules'))
  return clone
}

/** Checks that packing leaves no file that git would see. */
async function checkClone(clone: string): Promise<void> {
  const { stdout } = await run('git', ['status', '--porcelain', '--ignored'], { cwd: clone })
  const unexpected = stdout.split('\n').filter((line) => line !== '' && !/ (?:dist|node_modules)\/?$/.test(line))
  if (unexpected.length > 0) throw new Error(`npm pack leaves behind: ${unexpected.join(', ')}`)
}

function checkFiles(files: readonly string[]): void {
  for (const expected of ['bin/run.js', 'dist/package.json', 'dist/LICENCES.txt', 'README.md']) {
    if (!files.includes(expected)) throw new Error(`${expected} is not in the package`)
  }
  print(`${files.length} files, built by npm pack itself`)
}

/** Checks that the packages installed with mhloop are those in package-lock.json, whatever was released since (H15). */
async function checkLocked(prefix: string): Promise<void> {
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'))
  const found = globSync('**/mhloop/node_modules/@napi-rs/*/package.json', { cwd: prefix })
  if (found.length === 0) throw new Error('no keychain was installed')
  for (const file of found) {
    const { name, version } = JSON.parse(await readFile(join(prefix, file), 'utf8'))
    const { version: locked } = packages[`node_modules/${name}`]
    if (version !== locked) throw new Error(`${name} ${version} was installed, and ${locked} is locked`)
  }
}

function checkTree(prefix: string): void {
  const files = globSync('**/node_modules/**', { cwd: prefix }).filter((file) => statSync(join(prefix, file)).isFile())
  const packages = new Set(files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]))
  const size = files.reduce((sum, file) => sum + statSync(join(prefix, file)).size, 0)
  print(`${packages.size} packages, ${files.length} files, ${megabytes(size)} installed`)
  if (packages.size > mostPackages) throw new Error(`${packages.size} packages: ${[...packages].join(', ')}`)
  if (size > mostMegabytes * 1e6) throw new Error(`more than ${mostMegabytes} MB`)
}

/** Runs the installed mhloop without access to this checkout, twice: the second time from Node.js's compile cache. */
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
  print(`mhloop runs from there: ${questions.map(([argv]) => argv.join(' ')).join(', ')}`)
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

await main()
