import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { Fault } from '../../core/errors/fault.ts'
import { absolutePath } from '../../core/folders/absolute-path.ts'
import { homeFolder } from '../../core/folders/home-folder.ts'

/**
 * The file of a SQLite journal: that of `sqlite:PATH`, or the default one. A location of another form is never quoted
 * in a message, because it may contain a password. `by`: how the location was given; the hint begins with it.
 */
export function sqlitePath(
  location: string | undefined,
  dataDir: string,
  by: 'export MHLOOP_JOURNAL=' | '--journal ' = 'export MHLOOP_JOURNAL=',
): string {
  const name = 'The path of the journal'
  const home = () => homeFolder({}, homedir)
  if (location === undefined) {
    return join(absolutePath(dataDir, { name, retype: (path) => `export MHLOOP_DATA_DIR=${path}`, home }), 'journal.db')
  }
  const path = /^sqlite:(?!\/\/[^/])(.+)$/s.exec(location)?.[1]
  if (path === undefined) {
    throw new Fault('The location of the journal is neither sqlite:PATH nor postgres://….', {
      code: 'JOURNAL_LOCATION',
      hint: 'unset MHLOOP_JOURNAL, or set it to sqlite:PATH or postgres://USER@HOST/DATABASE',
    })
  }
  return resolve(absolutePath(path, { name, retype: (whole) => `${by}sqlite:${whole}`, home }))
}
