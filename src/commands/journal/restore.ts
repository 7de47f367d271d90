import * as Args from '@oclif/core/args'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { operator } from '../../cli/command/operator.ts'
import { good, strong, warn } from '../../cli/output/styled.ts'
import { quarantinedSection } from '../../cli/views/journal-page.ts'

export default class JournalRestore extends MerchantCommand<typeof JournalRestore> {
  static override summary = 'Restore a backup into an empty journal; refunds wait until all is read'
  static override description =
    `Reads a file made by journal backup, checks it, and writes everything into the journal, which must be empty: a new file, or an empty PostgreSQL schema. It need not be the kind of database that was backed up. The file is not changed.

The backup does not contain what was sent after it was made. So each of its merchants goes into quarantine: no refund goes out, not even on explicit request, until 15 minutes have passed and every open return has been read on both sides. mhloop serve does that automatically; mhloop refunds resume does it on demand. Returns that have been received by then and are still open are parked: their refunds may already have been requested, so a person must decide in Loop. First stop every mhloop that still uses another journal.

Exit codes: 0 restored, 1 the backup is damaged or the journal can't be written, 5 no such file, 6 the journal is not empty.`
  static override examples = [
    '<%= config.bin %> journal restore /backups/mhloop-2026-11-25.db',
    'MHLOOP_JOURNAL=postgres://mhloop@db.internal/mhloop <%= config.bin %> journal restore nightly.db',
  ]
  static override args = {
    file: Args.string({ required: true, description: 'A file written by journal backup' }),
  }

  async perform(): Promise<Result> {
    const [{ restore }, { openEngine }] = await Promise.all([
      import('../../journal/maintenance/backup.ts'),
      import('../../journal/open-journal.ts'),
    ])
    const { location, dataDir } = await this.journalPlace()
    const engine = await openEngine(location, { dataDir })
    this.defer(() => engine.store.destroy())
    const progress = this.progress('Restoring rows')
    const restored = await restore(engine, this.args.file, {
      actor: operator(this.io.env),
      at: this.io.now().toISOString(),
      dataDir,
      onProgress: (rows) => progress.advance(rows),
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
