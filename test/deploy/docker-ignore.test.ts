import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const patterns = readFileSync(fileURLToPath(new URL('../../.dockerignore', import.meta.url)), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

/** What the package holds, an image's too; `dist` is built there. */
const packed: string[] = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8'),
).files

/** Docker's rule: the last pattern decides that matches the path or a folder above it. */
function reachesTheBuild(path: string): boolean {
  const words = path.split('/')
  const above = words.map((_, index) => words.slice(0, index + 1).join('/'))
  return patterns.reduce((isTaken, pattern) => {
    const isBack = pattern.startsWith('!')
    const glob = pattern.replace(/^!/, '').replaceAll('.', '\\.').replaceAll('*', '[^/]*')
    return above.some((one) => new RegExp(`^${glob}$`).test(one)) ? isBack : isTaken
  }, true)
}

describe('.dockerignore (H15)', () => {
  it('H15: lets in what the package is built of', () => {
    for (const path of [
      'package.json',
      'package-lock.json',
      'bin/run.js',
      'src/core/errors/fault.ts',
      'schemas/error.json',
      'scripts/build.ts',
      'docs/cli.md',
      'deploy/README.md',
      'deploy/environment.example',
      ...packed.filter((path) => !path.includes('*') && path !== 'dist'),
    ]) {
      assert.ok(reachesTheBuild(path), path)
    }
  })

  it('H15: and nothing that holds a secret, or that nobody thought of', () => {
    for (const path of [
      'deploy/.env',
      'deploy/.env.production',
      'deploy/.env~',
      'deploy/secrets/loop-api-key',
      '.env',
      '.git/config',
      'credentials.json',
      'node_modules/got/package.json',
      'dist/mhloop.js',
      'merchants.yaml',
      'journal.db',
    ]) {
      assert.ok(!reachesTheBuild(path), path)
    }
  })
})
