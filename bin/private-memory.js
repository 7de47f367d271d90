'use strict'
const fs = require('fs')

/** Memory holds the credentials (F58): nothing of it goes into a core dump, a diagnostic report or a heap snapshot. */
exports.keepMemoryPrivate = () => {
  const options = `${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS || ''}`
  if (/--heapsnapshot-/.test(options)) {
    process.stderr.write('mhloop does not run with --heapsnapshot-…: a heap snapshot would hold the credentials.\n')
    process.exit(1)
  }
  if (/--report-/.test(options)) {
    Object.assign(process.report, {
      reportOnFatalError: false,
      reportOnSignal: false,
      reportOnUncaughtException: false,
      excludeEnv: true,
    })
  }
  if (process.platform !== 'linux') return
  try {
    // No kind of memory; child processes inherit this.
    fs.writeFileSync('/proc/self/coredump_filter', '0')
  } catch {
    // There is no /proc, or it is read-only: then the service's own limit must do (LimitCORE=0).
  }
}
