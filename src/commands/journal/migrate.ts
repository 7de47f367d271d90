import * as Flags from '@oclif/core/flags'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand, refusePassword } from '../../cli/command/merchant-command.ts'
import { operator } from '../../cli/command/operator.ts'
import { yesFlag } from '../../cli/input/flags.ts'
import { good, strong, warn } from '../../cli/output/styled.ts'
import { quarantinedSection } from '../../cli/views/journal-page.ts'

export default class JournalMigrate extends MerchantCommand<typeof JournalMigrate> {
  static override summary = 'Move the journal from its SQLite file to PostgreSQL, for several workers'
  static override description =
    `Reads everything and writes it into an empty PostgreSQL schema, in one transaction. First it closes the file for good: every mhloop that has it open or opens it later ends with JOURNAL_MOVED, so nothing is written where others would not see it. Stop serve first, and afterwards set MHLOOP_JOURNAL wherever mhloop runs. If the copy fails, the file is opened again; the same command resumes an interrupted migration.

A merchant with a refund in progress goes into quarantine: no more refunds go out until the outcome of that one is known, see journal restore.

Exit codes: 0 moved, 1 the copy failed and nothing has moved, 2 wrong usage, 4 PostgreSQL refuses the user, 6 the other journal is not empty, 9 not confirmed.`
  static override examples = [
    'PGPASSWORD=… <%= config.bin %> journal migrate --to postgres://mhloop@db.internal/mhloop',
    '<%= config.bin %> journal migrate --to postgres://mhloop@127.0.0.1/mhloop?sslmode=disable --yes --json',
  ]
  static override flags = {
    to: Flags.string({
      required: true,
      description: 'Location in PostgreSQL, without the password, which is read from PGPASSWORD',
      helpValue: 'postgres://USER@HOST/DATABASE',
    }),
    ...yesFlag,
  }

  async perform(): Promise<Result> {
    await refusePassword('--to', this.flags.to)
    const [{ moveJournal }, { printableLocation }] = await Promise.all([
      import('../../journal/maintenance/move.ts'),
      import('../../journal/postgres/location.ts'),
    ])
    const from = await this.journalPlace()
    const to = printableLocation(this.flags.to)
    await this.confirm(`Move the journal to ${to} and close its file for good?`, { yes: this.flags.yes })
    const progress = this.progress('Moving rows')
    const moved = await moveJournal(from, this.flags.to, {
      actor: operator(this.io.env),
      at: this.io.now().toISOString(),
      onProgress: (rows) => progress.advance(rows),
    })
    return {
      data: moved,
      view(page) {
        page.line(good('Moved'), ': ', strong(moved.from), ' to ', strong(moved.to))
        page.line(`  Now set this wherever mhloop runs: MHLOOP_JOURNAL=${moved.to}`)
        quarantinedSection(page, moved, warn('Refunds wait'))
      },
    }
  }
}
