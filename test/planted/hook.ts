/**
 * Loaded before everything else (`node --import`): puts the bug that the variable PLANTED names into the source when
 * Node.js reads it; the file stays as it is. Types are stripped afterwards, so a bug need not pass them.
 */
import { registerHooks } from 'node:module'
import { root, withBug } from './planted-bug.ts'
import { plantedBugs } from './planted-bugs.ts'

const bug = plantedBugs.find(({ name }) => name === process.env['PLANTED'])
if (bug === undefined) throw new Error(`there is no planted bug ${process.env['PLANTED']}`)
const files = new Map(bug.edits.map(({ file }) => [new URL(file, root).href, file]))

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    const file = files.get(url)
    if (file === undefined) return loaded
    return { ...loaded, source: withBug(bug, file, String(loaded.source)) }
  },
})
