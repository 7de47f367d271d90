import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Creates a folder and those above it; an existing one is fine. Not with `recursive`: below /proc, Node.js would then
 * never return, and no signal would end it (H14).
 */
export async function makeFolder(folder: string, mode = 0o777): Promise<void> {
  const isFolder = () =>
    stat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    )
  if (dirname(folder) === folder || (await isFolder())) return
  await makeFolder(dirname(folder), mode)
  await mkdir(folder, { mode }).catch(async (error: NodeJS.ErrnoException) => {
    // Another process was faster.
    if (error.code !== 'EEXIST' || !(await isFolder())) throw error
  })
}
