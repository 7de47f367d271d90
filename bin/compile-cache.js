'use strict'
/**
 * Node.js keeps the code that V8 compiled for our modules, so that the next run need not compile it again. It runs what it
 * finds there unseen: the folder must be one that only we can write (F62). Without one, a start only takes longer.
 */
const fs = require('fs')
const path = require('path')

/** Null where files have no owners. */
const ourselves = process.geteuid ? process.geteuid() : null

exports.useCompileCache = () => {
  const base = cacheFolder()
  if (!path.isAbsolute(base)) return
  const own = path.join(base, 'mhloop')
  const folder = path.join(own, 'compile-cache')
  try {
    // Whoever can write to these two can put another folder in the place of ours.
    if (![path.dirname(base), base].every((one) => !fs.existsSync(one) || isGuarded(fs.statSync(one)))) return
    makeFolder(folder)
    // What Node.js makes in it has the mode that the umask leaves: nobody else may enter.
    if (isOurs(fs.lstatSync(own), 0o022) && isOurs(fs.lstatSync(folder), 0o077)) {
      require('module').enableCompileCache(folder)
    }
  } catch {
    // A disk that can't be written.
  }
}

function cacheFolder() {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env
  // A relative one counts as not set, as the XDG specification has it (G2).
  if (XDG_CACHE_HOME && path.isAbsolute(XDG_CACHE_HOME)) return XDG_CACHE_HOME
  if (process.platform === 'win32' && LOCALAPPDATA) return LOCALAPPDATA
  // Relative for a user without a home.
  return path.join(require('os').homedir(), '.cache')
}

/** Not with `recursive`, which never ends below /proc. */
function makeFolder(folder) {
  if (fs.existsSync(folder)) return
  makeFolder(path.dirname(folder))
  fs.mkdirSync(folder, { mode: 0o700 })
}

/** A folder, no link, of ours, in which nobody else may do what these bits allow. */
function isOurs(found, bits) {
  return found.isDirectory() && (ourselves === null || (found.uid === ourselves && (found.mode & bits) === 0))
}

/** Nobody but root and us can replace what is in it: as in /tmp, where the sticky bit sees to that. */
function isGuarded({ uid, mode }) {
  if (ourselves === null) return true
  return (uid === ourselves || uid === 0) && ((mode & 0o002) === 0 || (mode & 0o1000) !== 0)
}
