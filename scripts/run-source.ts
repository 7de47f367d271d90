/**
 * Runs mhloop from its sources, without a build, for instance in a debugger (.vscode/launch.json):
 * `node scripts/run-source.ts rma show 99904598`.
 */
import { fileURLToPath } from 'node:url'
import { Config } from '@oclif/core'
import { dispatch } from '../src/cli/program/dispatch.ts'
import { runAndExit } from '../src/cli/program/main.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const argv = process.argv.slice(2)

await runAndExit(argv, async (io) => dispatch(argv, await Config.load(root), io))
