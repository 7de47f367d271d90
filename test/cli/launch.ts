/** The whole program as its own process, from source: what bin/run.js is for the build. */
import { runAndExit } from '../../src/cli/main.ts'
import { configOfSource } from '../run.ts'

await runAndExit(process.argv.slice(2), configOfSource)
