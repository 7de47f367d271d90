/**
 * Loaded before everything else (`node --import`): plants the bug named by the environment's PLANTED into the source as
 * it is read, and nowhere else. Types are stripped afterwards, so a plant need not pass them.
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
