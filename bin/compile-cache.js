'use strict'
/**
 * Node.js stores the code that V8 compiles for our modules, so that the next run need not compile it again. It runs
 * what it finds there without a check, so only this user may be able to write to the folder (F62). Without such a
 * folder, a start only takes longer.
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
    // A user who can write to these two folders could put another folder in the place of ours.
    if (![path.dirname(base), base].every((one) => !fs.existsSync(one) || isGuarded(fs.statSync(one)))) return
    makeFolder(folder)
    // Node.js creates files there with the mode that the umask leaves, so no other user may enter the folder.
    if (isOurs(fs.lstatSync(own), 0o022) && isOurs(fs.lstatSync(folder), 0o077)) {
      require('module').enableCompileCache(folder)
    }
  } catch {
    // The disk can't be written.
  }
}

function cacheFolder() {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env
  // A relative path counts as not set, as the XDG specification says (G2).
  if (XDG_CACHE_HOME && path.isAbsolute(XDG_CACHE_HOME)) return XDG_CACHE_HOME
  if (process.platform === 'win32' && LOCALAPPDATA) return LOCALAPPDATA
  // This is a relative path for a user without a home folder.
  return path.join(require('os').homedir(), '.cache')
}

/** Not with `recursive`, which never ends below /proc. */
function makeFolder(folder) {
  if (fs.existsSync(folder)) return
  makeFolder(path.dirname(folder))
  fs.mkdirSync(folder, { mode: 0o700 })
}

/** Whether it is a folder of this user, no link, and others have none of these permission bits. */
function isOurs(found, bits) {
  return found.isDirectory() && (ourselves === null || (found.uid === ourselves && (found.mode & bits) === 0))
}

/** Whether only root and this user can replace what is in it; in /tmp, the sticky bit ensures that. */
function isGuarded({ uid, mode }) {
  if (ourselves === null) return true
  return (uid === ourselves || uid === 0) && ((mode & 0o002) === 0 || (mode & 0o1000) !== 0)
}
