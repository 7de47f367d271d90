'use strict'
// Kept in syntax that every Node.js since 10 can parse.
const fs = require('fs')
const path = require('path')

const root = path.join(__dirname, '..')
/** `<pid> <version>` of the process that handed over, for that process's child alone. */
const variable = 'MHLOOP_HANDED_OVER_BY'
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']

/** The Node.js that `npm ci` has brought, when this one is too old; null where there is none. */
exports.newerNode = () => {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const file = path.join(root, 'node_modules', 'node', 'bin', name)
  // A process that was handed over to, and is still too old, must not hand over again.
  return wasHandedOver() || !fs.existsSync(file) ? null : file
}

/** Runs the same command line with this Node.js, and ends as it ends. */
exports.handOverTo = (node, argv) => {
  const program = path.join(__dirname, 'run.js')
  const env = Object.assign({}, process.env, { [variable]: `${process.pid} ${process.version}` })
  const options = { stdio: 'inherit', env }
  const child = require('child_process').spawn(node, process.execArgv.concat(program, argv), options)
  // A console of Windows tells every process itself; there, to send a signal is to kill.
  const forward = process.platform === 'win32' ? () => {} : (signal) => child.kill(signal)
  for (const signal of signals) process.on(signal, forward)
  child.on('error', (error) => {
    process.stderr.write(`${node} could not be started: ${error.code}. ${remedy()}\n`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    for (const one of signals) process.removeListener(one, forward)
    if (signal) process.kill(process.pid, signal)
    else process.exitCode = code
  })
}

exports.tooOld = () =>
  `mhloop needs Node.js 24 or newer, and this is ${process.version} (${process.execPath}). ${remedy()}\n`

function remedy() {
  const install = 'Install Node.js 24 (https://nodejs.org), then run the same command again.'
  if (!fs.existsSync(path.join(root, 'package-lock.json'))) return install
  return `Run npm ci in ${root}, which brings Node.js 24, then run the same command again.`
}

function wasHandedOver() {
  return (process.env[variable] || '').split(' ')[0] === String(process.ppid)
}
