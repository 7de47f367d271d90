import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bundling } from '../scripts/bundling.ts'

const modules = fileURLToPath(new URL('../node_modules', import.meta.url))

/**
 * Bundles a script with everything that it imports into one file: a process that runs it starts in a quarter of the
 * time. The file gets its own folder, which `remove` deletes.
 */
export async function bundle(script: URL): Promise<{ program: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'mhloop-bundle-'))
  const program = join(folder, 'script.mjs')
  await symlink(modules, join(folder, 'node_modules'))
  await build({ ...bundling, entryPoints: [fileURLToPath(script)], outfile: program })
  return { program, remove: () => rm(folder, { recursive: true, force: true }) }
}
