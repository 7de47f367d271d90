#!/usr/bin/env node
'use strict'
// Kept in syntax that every Node.js since 10 can parse: an older one must get one clear line, not a syntax error.
const fs = require('fs')
const path = require('path')

const argv = process.argv.slice(2)
const dist = path.join(__dirname, '..', 'dist')
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `mhloop needs Node.js 24 or newer, and this is ${process.version} (${process.execPath}). Install Node.js 24, or run it through npx: npx -p node@24 -p mhloop mhloop\n`,
  )
  process.exitCode = 1
} else if (argv.length === 1 && ['--version', '-v', '-V'].includes(argv[0])) {
  tellVersion()
} else {
  keepMemoryPrivate()
  program(dist).run(argv)
}

/** Memory holds the credentials (F58): nothing of it goes into a core dump, a diagnostic report or a heap snapshot. */
function keepMemoryPrivate() {
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
    })
    process.report.excludeEnv = true
  }
  if (process.platform !== 'linux') return
  try {
    // No kind of memory; the programs that are started inherit it.
    fs.writeFileSync('/proc/self/coredump_filter', '0')
  } catch {
    // No /proc, or a read-only one: then the service's own limit must do (LimitCORE=0).
  }
}

/** `mhloop/0.1.0 linux-x64 node-v24.0.0`, before anything is loaded. */
function tellVersion() {
  const { name, version } = require('../package.json')
  const line = `${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`
  try {
    fs.writeSync(1, line)
  } catch {
    // A pipe that is full, or that nobody reads: a stream knows what to do.
    process.stdout.on('error', () => {}).write(line)
  }
}

function program(folder) {
  if (argv.includes('--verbose')) {
    // Loaded by Node.js itself, which then reads the source maps: slower, but a stack trace tells where.
    process.setSourceMapsEnabled(true)
    return require(folder)
  }
  const { main } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'))
  return chunksOf(folder, compiledFolder(main))(main)
}

/**
 * Loads the build's chunks with the code that V8 compiled for them in an earlier run, so that nothing is parsed twice.
 * Node's own compile cache would hold only what is compiled before a module runs, not the functions that it then calls.
 * V8 compares a source by no more than its length: chunks are named by their content, and an edit changes their time.
 */
function chunksOf(folder, cache) {
  const { Script } = require('vm')
  const external = require('module').createRequire(path.join(folder, 'package.json'))
  const chunks = new Map()
  let isNew = false
  process.on('exit', () => {
    // A command that ran here for the first time used more functions of the chunks that it shares with others.
    if (isNew) keepCompiled(cache, chunks.values())
  })
  return load

  function load(id) {
    if (!id.startsWith('./')) return external(id)
    const known = chunks.get(id)
    if (known !== undefined) return known.module.exports
    const filename = path.join(folder, id)
    const compiled = path.join(cache, `${path.basename(id)}-${Math.round(fs.statSync(filename).mtimeMs)}`)
    const cachedData = contentOf(compiled)
    // The build writes ASCII only, which needs no decoding.
    const source = `(function(exports,require,module,__filename,__dirname){${fs.readFileSync(filename, 'latin1')}\n})`
    const script = new Script(source, { filename, cachedData })
    if (script.cachedDataRejected !== false) isNew = true
    const module = { exports: {} }
    chunks.set(id, { compiled, script, module })
    script.runInThisContext().call(module.exports, module.exports, load, module, filename, folder)
    return module.exports
  }
}

function contentOf(file) {
  try {
    return fs.readFileSync(file)
  } catch {
    return undefined
  }
}

/** A cache that can't be written is only slower. A torn file could crash V8: it takes its name when it is whole on the disk. */
function keepCompiled(folder, chunks) {
  try {
    if (!fs.existsSync(folder)) dropOldBuilds(path.dirname(folder))
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (const { compiled, script } of chunks) {
      const fresh = `${compiled}.${process.pid}`
      const file = fs.openSync(fresh, 'wx', 0o600)
      fs.writeSync(file, script.createCachedData())
      fs.fsyncSync(file)
      fs.closeSync(file)
      fs.renameSync(fresh, compiled)
    }
  } catch {}
}

/** What other builds left behind and did not touch for a month. */
function dropOldBuilds(folder) {
  const monthAgo = Date.now() - 30 * 24 * 3600 * 1000
  for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
    const build = path.join(folder, name)
    if (fs.statSync(build).mtimeMs < monthAgo) fs.rmSync(build, { recursive: true, force: true })
  }
}

/** Ours alone: in a folder that others can write, someone could leave code there for us to run. */
function compiledFolder(main) {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env
  const ofWindows = process.platform === 'win32' && LOCALAPPDATA
  const base = XDG_CACHE_HOME || ofWindows || path.join(require('os').homedir(), '.cache')
  const build = path.basename(main, '.js').replace('mhloop-', '')
  return path.join(base, 'mhloop', 'compiled', `${build}-${process.version}-${process.arch}`)
}
