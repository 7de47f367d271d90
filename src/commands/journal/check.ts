import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { healthPage } from '../../cli/views/journal-page.ts'
import { exitCodes } from '../../core/errors/fault.ts'

export default class JournalCheck extends MerchantCommand<typeof JournalCheck> {
  static override summary = 'Read the whole journal and check that it is sound'
  static override description =
    `Like journal status, and also reads every page and every reference of the database, which takes a while for a large one. Writes and repairs nothing.

Exit codes: 0 sound, 1 the journal can't be opened, 3 problems.`
  static override examples = ['<%= config.bin %> journal check', '<%= config.bin %> journal check --json']

  async perform(): Promise<Result> {
    const journal = await this.journal()
    const health = await journal.health({ deep: true })
    return {
      data: health,
      ...(health.problems.length > 0 ? { exit: exitCodes.findings } : {}),
      view: (page) => healthPage(page, health),
    }
  }
}
