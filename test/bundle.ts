import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const modules = fileURLToPath(new URL('../node_modules', import.meta.url))

/**
 * A script and all that it imports as one file: a process that runs it starts in a quarter of the time. The file is in a
 * folder of its own; `remove` deletes that.
 */
export async function bundle(script: URL): Promise<{ program: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'mhloop-bundle-'))
  const program = join(folder, 'script.mjs')
  await symlink(modules, join(folder, 'node_modules'))
  await build({
    entryPoints: [fileURLToPath(script)],
    outfile: program,
    bundle: true,
    // It looks for parts of itself by name.
    external: ['pg'],
    platform: 'node',
    target: 'node24',
    format: 'esm',
    logLevel: 'warning',
  })
  return { program, remove: () => rm(folder, { recursive: true, force: true }) }
}
