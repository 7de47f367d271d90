import { Args } from '@oclif/core'
import type { Result } from '../../cli/base-command.ts'
import { operator } from '../../cli/operator.ts'
import { good, strong, warn } from '../../cli/output/styled.ts'
import { quarantinedSection } from '../../cli/views/journal-page.ts'
import { WorkplaceCommand } from '../../cli/workplace-command.ts'

export default class JournalRestore extends WorkplaceCommand<typeof JournalRestore> {
  static override summary = 'Bring a backup into an empty journal; refunds wait until all is read'
  static override description =
    `Reads a file of journal backup, checks it, and writes everything into the journal, which must be empty: a new file, or an empty schema of PostgreSQL. The other way round than it was backed up works, too. The file stays as it is.

What was sent after the backup was made is not in it. So every merchant of it is in quarantine: no refund goes out, not even by name, until 15 minutes have passed and every open return was read on both sides. mhloop serve does that by itself; mhloop refunds resume does it at once. What has been received by then, and is still open, is parked: its refund may have been asked for, so a person decides in Loop. Stop every mhloop that still works with another journal first.

Exit codes: 0 restored, 1 the backup is damaged or the journal can't be written, 5 no such file, 6 the journal is not empty.`
  static override examples = [
    '<%= config.bin %> journal restore /backups/mhloop-2026-11-25.db',
    'MHLOOP_JOURNAL=postgres://mhloop@db.internal/mhloop <%= config.bin %> journal restore nightly.db',
  ]
  static override args = {
    file: Args.string({ required: true, description: 'A file that journal backup has written' }),
  }

  async perform(): Promise<Result> {
    const [{ restore }, { openEngine }] = await Promise.all([
      import('../../journal/backup.ts'),
      import('../../journal/open-journal.ts'),
    ])
    const { location, dataDir } = await this.journalPlace()
    const engine = await openEngine(location, { dataDir })
    this.defer(() => engine.store.destroy())
    const progress = this.progress('Restoring rows')
    const restored = await restore(engine, this.args.file, {
      actor: operator(this.io.env),
      at: this.io.now().toISOString(),
      told: (rows) => progress.advance(rows),
    })
    return {
      data: { file: this.args.file, to: engine.location, ...restored },
      view(page) {
        page.line(good('Restored'), ': ', strong(engine.location))
        quarantinedSection(page, restored, warn('Refunds wait'))
      },
    }
  }
}
