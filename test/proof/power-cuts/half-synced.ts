/** A planted bug: a journal that only claims to sync every commit. Loaded before the recorded run. */
import { DatabaseSync } from 'node:sqlite'

const { exec, prepare } = DatabaseSync.prototype
DatabaseSync.prototype.exec = function (sql: string) {
  exec.call(this, sql === 'pragma synchronous = full' ? 'pragma synchronous = normal' : sql)
}
DatabaseSync.prototype.prepare = function (sql: string) {
  return prepare.call(this, sql === 'pragma synchronous' ? 'select 2 as synchronous' : sql)
}
