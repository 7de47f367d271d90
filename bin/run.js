#!/usr/bin/env node
'use strict'
// Kept in syntax that every Node.js since 10 can parse: an older one must get one clear line, not a syntax error.
const fs = require('fs')
const path = require('path')

const argv = process.argv.slice(2)
const program = path.join(__dirname, '..', 'dist', 'mhloop.js')

if (Number(process.versions.node.split('.')[0]) < 24) {
  const { handOverTo, newerNode, tooOld } = require('./newer-node')
  const node = newerNode()
  if (node !== null) handOverTo(node, argv)
  else {
    process.stderr.write(tooOld())
    process.exitCode = 1
  }
} else if (argv.length === 1 && ['--version', '-v', '-V'].includes(argv[0])) {
  printVersion()
} else if (!fs.existsSync(program)) {
  process.stderr.write(`mhloop is not built yet: ${program} is missing. Run in its folder: npm ci && npm run build\n`)
  process.exitCode = 1
} else {
  require('./private-memory').keepMemoryPrivate()
  tolerateNoHome()
  require('./compile-cache').useCompileCache()
  // Node.js then reads a source map with every module, which takes time; a stack trace names lines of the sources.
  if (argv.includes('--verbose')) process.setSourceMapsEnabled(true)
  import(require('url').pathToFileURL(program).href).then(({ run }) => run(argv))
}

/** Libraries ask for the home folder when they load, and a container's user may have none. */
function tolerateNoHome() {
  try {
    require('os').homedir()
  } catch {
    process.env.HOME = ''
  }
}

/** `mhloop/0.1.0 linux-x64 node-v24.0.0`, before anything is loaded. */
function printVersion() {
  const { name, version } = require('../package.json')
  const line = `${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`
  try {
    fs.writeSync(1, line)
  } catch (error) {
    // The pipe is full, or nothing reads it: a stream handles both.
    if (error.code === 'EAGAIN' || error.code === 'EPIPE') process.stdout.on('error', () => {}).write(line)
    else {
      process.exitCode = 1
      process.stderr
        .on('error', () => {})
        .write(`The version could not be written to standard output: ${error.code}.\n`)
    }
  }
}
