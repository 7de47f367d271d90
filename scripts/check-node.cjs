// Runs before anything that needs Node.js 24, in syntax that older versions can parse.
'use strict'

if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    [
      `mhloop needs Node.js 24, and this is ${process.version} (${process.execPath}).`,
      'npm ci brings it by an install script, which something keeps from running (ignore-scripts?). Run:',
      '  npm ci --ignore-scripts=false',
      '',
    ].join('\n'),
  )
  process.exit(1)
}
