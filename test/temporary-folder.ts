import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A fresh folder (0700) for each test of a `describe`, removed after it. */
export function temporaryFolder(): () => string {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mhloop-test-'))
  })
  // run.ts puts the journal here for a run without a data folder.
  afterEach(() => Promise.all([folder, `${folder}.data`].map((one) => rm(one, { recursive: true, force: true }))))
  return () => folder
}
