import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const patterns = readFileSync(fileURLToPath(new URL('../../.dockerignore', import.meta.url)), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

/** Files of the package, which the image needs as well; `dist` is built in the image. */
const packed: string[] = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8'),
).files

/** Whether Docker copies the path: the last pattern that matches it, or a folder above it, decides. */
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

  it('H15: and nothing that contains a secret, and no unexpected file', () => {
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
