#!/usr/bin/env node
'use strict'
// Kept in syntax that every Node.js since 10 can parse: an older one must get one clear line, not a syntax error.
const fs = require('fs')
const path = require('path')

const argv = process.argv.slice(2)
const dist = path.join(__dirname, '..', 'dist')
/** Null where files have no owners. */
const ourselves = process.geteuid ? process.geteuid() : null
/** Neither through a link nor waiting for a pipe; Windows has neither flag. */
const plainly = fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW || 0) | (fs.constants.O_NONBLOCK || 0)
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `mhloop needs Node.js 24 or newer, and this is ${process.version} (${process.execPath}). Install Node.js 24 (https://nodejs.org), then run the same command again.\n`,
  )
  process.exitCode = 1
} else if (argv.length === 1 && ['--version', '-v', '-V'].includes(argv[0])) {
  printVersion()
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
function printVersion() {
  const { name, version } = require('../package.json')
  const line = `${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`
  try {
    fs.writeSync(1, line)
  } catch (error) {
    // A pipe that is full, or that nobody reads: a stream knows what to do.
    if (error.code === 'EAGAIN' || error.code === 'EPIPE') process.stdout.on('error', () => {}).write(line)
    else {
      process.exitCode = 1
      process.stderr
        .on('error', () => {})
        .write(`The version could not be written to standard output: ${error.code}.\n`)
    }
  }
}

function program(folder) {
  const main = builtEntry(folder)
  if (main === null) return { run: reportNotBuilt }
  if (argv.includes('--verbose')) {
    // Loaded by Node.js itself, which then reads the source maps: slower, but a stack trace tells where.
    process.setSourceMapsEnabled(true)
    return require(folder)
  }
  return chunksOf(folder, compiledFolder(main))(main)
}

/** A clone has none before its first build. */
function builtEntry(folder) {
  try {
    return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')).main
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  }
}

function reportNotBuilt() {
  process.stderr.write(`mhloop is not built yet: ${dist} is missing. In its folder run: npm ci && npm run build\n`)
  process.exitCode = 1
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
    if (isNew && cache !== null) keepCompiled(cache, chunks.values())
  })
  return load

  function load(id) {
    if (!id.startsWith('./')) return external(id)
    const known = chunks.get(id)
    if (known !== undefined) return known.module.exports
    const filename = path.join(folder, id)
    const compiled = `${path.basename(id)}-${Math.round(fs.statSync(filename).mtimeMs)}`
    const cachedData = cache === null ? undefined : compiledCode(path.join(cache, compiled))
    // The build writes ASCII only, which needs no decoding.
    const source = `(function(exports,require,module,__filename,__dirname){${fs.readFileSync(filename, 'latin1')}\n})`
    const script = withOwnFlags(() => new Script(source, { filename, cachedData }))
    if (script.cachedDataRejected !== false) isNew = true
    const module = { exports: {} }
    chunks.set(id, { compiled, script, module })
    script.runInThisContext().call(module.exports, module.exports, load, module, filename, folder)
    return module.exports
  }
}

/** A long run changes how V8 keeps its heap (src/cli/steady-heap.ts); code that was compiled under other flags is refused. */
function withOwnFlags(work) {
  const heap = globalThis[Symbol.for('mhloop.heap')]
  if (heap === undefined) return work()
  heap('own')
  try {
    return work()
  } finally {
    heap('steady')
  }
}

/** Asked of the open file, not of its name: what somebody else owns or could have written is no code of ours (F62). */
function compiledCode(name) {
  let file
  try {
    file = fs.openSync(name, plainly)
    const found = fs.fstatSync(file)
    return found.isFile() && isOnlyOurs(found) ? fs.readFileSync(file) : undefined
  } catch {
    return undefined
  } finally {
    if (file !== undefined) fs.closeSync(file)
  }
}

/** A cache that can't be written is only slower. A torn file could crash V8: it takes its name when it is whole on the disk. */
function keepCompiled(folder, chunks) {
  try {
    const builds = path.dirname(folder)
    for (const part of [path.dirname(builds), builds]) makeOurs(part)
    if (!fs.existsSync(folder)) dropOldBuilds(builds)
    makeOurs(folder)
    for (const { compiled, script } of chunks) {
      keepOne(
        path.join(folder, compiled),
        withOwnFlags(() => script.createCachedData()),
      )
    }
  } catch {}
}

function keepOne(name, data) {
  const fresh = `${name}.${process.pid}`
  try {
    // Left by a run that was killed, in a container where every process has the same number.
    fs.rmSync(fresh, { force: true })
    const file = fs.openSync(fresh, 'wx', 0o600)
    try {
      // Not writeSync: on a disk that runs full it writes a part, and says so only in its result.
      fs.writeFileSync(file, data)
      fs.fsyncSync(file)
    } finally {
      fs.closeSync(file)
    }
    fs.renameSync(fresh, name)
  } catch (error) {
    fs.rmSync(fresh, { force: true })
    throw error
  }
}

function makeOurs(folder) {
  makeFolder(folder)
  if (!isOurFolder(folder)) throw new Error('not ours')
}

/** Not with `recursive`, which never ends below /proc. */
function makeFolder(folder) {
  if (fs.existsSync(folder)) return
  makeFolder(path.dirname(folder))
  fs.mkdirSync(folder, { mode: 0o700 })
}

/** What other builds left behind and did not touch for a month. */
function dropOldBuilds(folder) {
  const monthAgo = Date.now() - 30 * 24 * 3600 * 1000
  for (const name of fs.readdirSync(folder)) {
    const build = path.join(folder, name)
    if (fs.lstatSync(build).mtimeMs < monthAgo) fs.rmSync(build, { recursive: true, force: true })
  }
}

/**
 * Where the compiled code of this build is; null when it would be where someone else could leave code for us to run, or
 * have us write and delete (F62): a folder of another's (root, by sudo, in a user's home), a link, one that others can write.
 */
function compiledFolder(main) {
  const base = cacheFolder()
  if (base === null || !path.isAbsolute(base)) return null
  const build = path.basename(main, '.js').replace('mhloop-', '')
  const builds = path.join(base, 'mhloop', 'compiled')
  const folder = path.join(builds, `${build}-${process.version}-${process.arch}`)
  if (ourselves === null) return folder
  try {
    // Whoever owns these can put another in the place of all that is below.
    for (const above of [path.dirname(base), base]) {
      if (fs.existsSync(above) && !isGuarded(fs.statSync(above))) return null
    }
    for (const part of [path.dirname(builds), builds, folder]) {
      if (fs.existsSync(part) && !isOurFolder(part)) return null
    }
    return folder
  } catch {
    return null
  }
}

function cacheFolder() {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env
  // A relative one counts as not set, as the XDG specification has it (G2).
  if (XDG_CACHE_HOME && path.isAbsolute(XDG_CACHE_HOME)) return XDG_CACHE_HOME
  if (process.platform === 'win32' && LOCALAPPDATA) return LOCALAPPDATA
  try {
    return path.join(require('os').homedir(), '.cache')
  } catch {
    // A container's user without a name has no home.
    return null
  }
}

function isOurFolder(folder) {
  const found = fs.lstatSync(folder)
  return found.isDirectory() && isOnlyOurs(found)
}

function isOnlyOurs({ uid, mode }) {
  return ourselves === null || (uid === ourselves && (mode & 0o022) === 0)
}

/** Nobody but root and us can swap what is in it: as in /tmp, where the sticky bit sees to that. */
function isGuarded({ uid, mode }) {
  return (uid === ourselves || uid === 0) && ((mode & 0o002) === 0 || (mode & 0o1000) !== 0)
}
