/** The README's two commands on a machine without any preparation. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { temporaryFolder } from '../temporary-folder.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Settings of a user's own, each of which would keep npm ci from installing half of what the two commands need. */
const hindering = [
  'ignore-scripts=true',
  'engine-strict=true',
  'bin-links=false',
  'install-strategy=linked',
  'omit[]=dev',
  'omit[]=optional',
]

describe('on a fresh machine', () => {
  const folder = temporaryFolder()

  it("a user's own ~/.npmrc keeps nothing from npm ci that the commands need", async () => {
    const userconfig = join(folder(), 'npmrc')
    await writeFile(userconfig, hindering.join('\n'))
    const { stdout } = await promisify(execFile)('npm', ['config', 'list', '--json'], {
      cwd: root,
      env: { PATH: process.env.PATH, HOME: folder(), NPM_CONFIG_USERCONFIG: userconfig },
    })
    const settings = JSON.parse(stdout)
    assert.deepEqual(
      ['ignore-scripts', 'engine-strict', 'bin-links', 'install-strategy', 'include'].map((name) => settings[name]),
      // npm installs what is included, even if it is also omitted.
      [false, false, true, 'hoisted', ['dev', 'optional']],
    )
  })

  it('an older Node.js, where npm could not install a newer one, prints the command that does', async () => {
    const script = readFileSync(join(root, 'scripts/check-node.cjs'), 'utf8')
    const old = join(folder(), 'check-node.cjs')
    await writeFile(old, script.replace('process.versions.node', "'20.20.2'"))
    const { status, stdout, stderr } = spawnSync(process.execPath, [old], { encoding: 'utf8' })
    assert.deepEqual([status, stdout], [1, ''])
    assert.match(stderr, /^mhloop needs Node\.js 24, .+\n.+\n {2}npm ci --ignore-scripts=false\n$/)
  })

  it('the check of Node.js comes before everything that needs it, and also where npm skips scripts before a script', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    assert.match(scripts.build, /^node scripts\/check-node\.cjs && /)
    for (const name of ['test', 'demo']) assert.match(scripts[name], /^npm run build && /)
  })
})
