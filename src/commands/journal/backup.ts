import * as Args from '@oclif/core/args'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { good, strong } from '../../cli/output/styled.ts'
import { sizeText } from '../../cli/views/journal-page.ts'
import { counted } from '../../core/doctor/verdict.ts'

export default class JournalBackup extends MerchantCommand<typeof JournalBackup> {
  static override summary = 'Copy the whole journal into one file, as of one moment'
  static override description =
    `Reads the journal of all merchants while other processes keep using it, and writes one file: a SQLite journal, whichever database it came from, readable only by you. The copy is checked before it gets its name; an existing file is never replaced. It contains data that identifies shoppers, so protect it like the journal.

A backup does not know what is sent after it was made. That is why journal restore holds back refunds until every open return has been read.

Exit codes: 0 written, 1 the journal can't be read or the file can't be written, 2 the file exists.`
  static override examples = [
    '<%= config.bin %> journal backup /backups/mhloop-2026-11-25.db',
    'MHLOOP_JOURNAL=postgres://mhloop@db.internal/mhloop <%= config.bin %> journal backup nightly.db --json',
  ]
  static override args = { file: Args.string({ required: true, description: 'File to write; must not exist' }) }

  async perform(): Promise<Result> {
    const [{ backUp }, { openEngine }] = await Promise.all([
      import('../../journal/maintenance/backup.ts'),
      import('../../journal/open-journal.ts'),
    ])
    const { location, dataDir } = await this.journalPlace()
    const engine = await openEngine(location, { dataDir })
    this.defer(() => engine.store.destroy())
    const { file, sizeBytes, merchants } = await backUp(engine, this.args.file)
    return {
      data: { from: engine.location, file, sizeBytes, merchants },
      view(page) {
        page.line(
          good('Backed up'),
          ': ',
          strong(file),
          `, ${sizeText(sizeBytes)}, ${counted(merchants.length, 'merchant')}, checked.`,
        )
      },
    }
  }
}
