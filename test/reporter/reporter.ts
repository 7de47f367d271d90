/** Mocha's dots, and where they are wanted the tables of what takes longest: in CI, and with `npm test -- --slowest`. */
import { fileURLToPath } from 'node:url'
import Mocha from 'mocha'
import { createSlowest } from './slowest.ts'

/** setup.ts takes CI away from the tests, so it hands this on. */
const isWanted = process.env['TEST_SLOWEST'] !== undefined || process.argv.includes('--slowest')

export default class Reporter extends Mocha.reporters.Dot {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options)
    if (!isWanted) return
    const slowest = createSlowest(fileURLToPath(new URL('../..', import.meta.url)))
    runner.on('hook end', (hook) => slowest.add(hook))
    runner.on('test end', (test) => slowest.add(test))
    runner.once('end', () => process.stdout.write(slowest.tables()))
  }
}
