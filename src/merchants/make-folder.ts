import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it; one that is there is fine. Not with `recursive`: below /proc Node.js then never ends,
 * and no signal ends it.
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
    // Somebody else was faster.
    if (error.code !== 'EEXIST' || !(await isFolder())) throw error
  })
}
