import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { healthPage, unsettledOf, unsettledSection } from '../../cli/views/journal-page.ts'
import { exitCodes } from '../../core/errors/fault.ts'

export default class JournalStatus extends MerchantCommand<typeof JournalStatus> {
  static override summary = 'Where the journal is, what it contains, and what is not settled yet'
  static override description =
    `Reads the journal of all merchants; creates an empty one if there is none. Writes nothing else, and contacts no vendor.

Exit codes: 0 healthy, 1 the journal can't be opened, 3 problems; a write that is still not settled 15 minutes after it was sent is one.`
  static override examples = [
    '<%= config.bin %> journal status',
    '<%= config.bin %> journal status --json',
    'MHLOOP_JOURNAL=sqlite:/srv/mhloop/journal.db <%= config.bin %> journal status',
  ]

  async perform(): Promise<Result> {
    const journal = await this.journal()
    const health = await journal.health()
    const open = await journal.effects.find({ states: ['planned', 'sent', 'accepted', 'in_doubt', 'parked'] })
    const unsettled = unsettledOf(open, this.io.now())
    return {
      data: { ...health, unsettled },
      ...(health.problems.length > 0 ? { exit: exitCodes.findings } : {}),
      view(page) {
        healthPage(page, health)
        unsettledSection(page, unsettled)
      },
    }
  }
}
