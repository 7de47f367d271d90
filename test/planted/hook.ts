/**
 * Loaded before everything else (`node --import`): plants the bug named by the environment's PLANTED into the source as
 * it is read, and nowhere else. Types are stripped afterwards, so a plant need not pass them.
 */
import { registerHooks } from 'node:module'
import { planted, root } from './plant.ts'
import { plants } from './plants.ts'

const plant = plants.find(({ name }) => name === process.env['PLANTED'])
if (plant === undefined) throw new Error(`there is no plant ${process.env['PLANTED']}`)
const files = new Map(plant.edits.map(({ file }) => [new URL(file, root).href, file]))

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    const file = files.get(url)
    if (file === undefined) return loaded
    return { ...loaded, source: planted(plant, file, String(loaded.source)) }
  },
})
