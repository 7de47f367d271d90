import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A fresh folder (0700) for each test of a `describe`, removed after it. */
export function temporaryFolder(): () => string {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mhloop-test-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))
  return () => folder
}
