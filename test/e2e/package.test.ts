/** What `npm pack` puts into the package (H28). `npm run check:package` checks that it installs and runs. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { temporaryFolder } from '../temporary-folder.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the package (H28)', () => {
  const folder = temporaryFolder()

  /** A checkout before its first build, with files that an operator may have left in it. */
  function checkout(): string {
    for (const name of readdirSync(root)) {
      if (!['node_modules', 'dist', '.git', 'test', 'bench'].includes(name))
        cpSync(join(root, name), join(folder(), name), { recursive: true })
    }
    mkdirSync(join(folder(), 'dist'))
    for (const path of ['dist/built.js', 'deploy/.env', 'deploy/.env.old', 'deploy/loop-api-key', '.env'])
      writeFileSync(join(folder(), path), 'canary')
    return folder()
  }

  it('H28: holds all that README, docs/ and deploy/ point to, and no secret that was left there', async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: checkout() })
    const files: string[] = JSON.parse(stdout)[0].files.map(({ path }: { path: string }) => path)
    for (const expected of [
      'CHANGELOG.md',
      'LICENSE',
      'examples/merchants.yaml',
      'dist/built.js',
      'schemas/error.json',
    ])
      assert.ok(files.includes(expected), expected)
    const deployed = readdirSync(join(root, 'deploy')).filter((name) => !name.startsWith('.env'))
    for (const name of deployed) assert.ok(files.includes(`deploy/${name}`), `deploy/${name}`)
    assert.deepEqual(
      files.filter((path) => /\.env|loop-api-key/.test(path)),
      [],
    )
    for (const page of files.filter((path) => path.endsWith('.md'))) {
      for (const target of linkedFrom(page)) {
        // The sources and the benchmarks stay in the repository.
        if (!/^(bench|src)(\/|$)/.test(target)) assert.ok(files.includes(target), `${page} points to ${target}`)
        assert.ok(existsSync(join(root, target)), `${page} points to ${target}`)
      }
    }
  })

  it('H28: a clone that was not built yet says what to do, in one line', async () => {
    const built = join(folder(), 'bin')
    cpSync(join(root, 'bin'), built, { recursive: true })
    for (const argv of [['merchant', 'list'], ['--verbose']]) {
      const ran = await run(process.execPath, [join(built, 'run.js'), ...argv]).catch((error) => error)
      assert.deepEqual([ran.code, ran.stdout], [1, ''])
      assert.match(ran.stderr, /^mhloop is not built yet: .*npm ci && npm run build\n$/)
    }
  })

  it('H28: packing before npm ci says so, whatever Node.js tries', async () => {
    mkdirSync(join(folder(), 'scripts'))
    cpSync(join(root, 'scripts/prepack.js'), join(folder(), 'scripts/prepack.js'))
    writeFileSync(join(folder(), 'package.json'), '{"type":"module"}')
    const ran = await run(process.execPath, [join(folder(), 'scripts/prepack.js')]).catch((error) => error)
    assert.deepEqual([ran.code, ran.stdout], [1, ''])
    assert.match(ran.stderr, /^The package is built with what npm ci brings.*\n$/)
  })
})

/** The files of the repository that a page links to, from the repository's root. */
function linkedFrom(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target = '']) =>
    normalize(join(dirname(page), target)).replaceAll('\\', '/'),
  )
}
