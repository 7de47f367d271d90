const { availableParallelism } = require('node:os')

module.exports = {
  require: ['test/setup.ts'],
  parallel: true,
  // Two more than processors: many tests wait, for timers or for programs that they started.
  jobs: availableParallelism() + 2,
  timeout: 600000,
  reporter: 'test/reporter/reporter.ts',
}
