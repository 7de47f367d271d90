/** The whole program as its own process, from the sources, as bin/run.js runs the build. */
import { dispatch } from '../../src/cli/program/dispatch.ts'
import { runAndExit } from '../../src/cli/program/main.ts'
import { configOfSource } from '../run.ts'

const argv = process.argv.slice(2)
await runAndExit(argv, async (io) => dispatch(argv, await configOfSource(), io))
