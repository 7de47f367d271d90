/**
 * Mocha's dot reporter, followed by the tables of the slowest tests and files: in CI, and with `npm test -- --slowest`.
 */
import { fileURLToPath } from 'node:url'
import Mocha from 'mocha'
import { createSlowest } from './slowest.ts'

/** setup.ts removes CI from the environment of the tests, so it passes it on under another name. */
const isSelected = process.env['TEST_SLOWEST'] !== undefined || process.argv.includes('--slowest')

export default class Reporter extends Mocha.reporters.Dot {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options)
    if (!isSelected) return
    const slowest = createSlowest(fileURLToPath(new URL('../..', import.meta.url)))
    runner.on('hook end', (hook) => slowest.add(hook))
    runner.on('test end', (test) => slowest.add(test))
    runner.once('end', () => process.stdout.write(slowest.tables()))
  }
}
