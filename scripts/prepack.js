/**
 * Runs before `npm pack` and `npm publish`: builds dist/ (H28). Written in plain JavaScript without packages, so that
 * any Node.js can say what is missing in a clone in which `npm ci` has not run.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))

if (!existsSync(at('node_modules/esbuild')) || Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write('The package is built with what npm ci brings: run npm ci first, then npm pack again.\n')
  process.exit(1)
}
execFileSync(process.execPath, [at('scripts/build.ts')], { stdio: 'inherit' })
