/**
 * A folder per run of the tests in which Node.js keeps the code that it compiled: of the many programs that tests start,
 * only the first compiles, and strips types. The built program finds it by XDG_CACHE_HOME.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Before the processes of the run start, which inherit the folder's name. */
export function makeCacheFolder(): void {
  process.env['XDG_CACHE_HOME'] = mkdtempSync(join(tmpdir(), 'mhloop-test-cache-'))
}

export function removeCacheFolder(): void {
  rmSync(process.env['XDG_CACHE_HOME'] ?? '', { recursive: true, force: true })
}

/** For programs that a process of the run starts from their sources; that process itself has started without. */
export function keepCompiledCode(): void {
  const folder = process.env['XDG_CACHE_HOME']
  if (folder !== undefined) process.env['NODE_COMPILE_CACHE'] = join(folder, 'sources')
}
