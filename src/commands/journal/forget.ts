import { Flags } from '@oclif/core'
import type { Result } from '../../cli/base-command.ts'
import { dryRunFlag, yesFlag } from '../../cli/flags.ts'
import { readMoment } from '../../cli/moments.ts'
import { operator } from '../../cli/operator.ts'
import { good, strong } from '../../cli/output/styled.ts'
import { WorkplaceCommand } from '../../cli/workplace-command.ts'

export default class JournalForget extends WorkplaceCommand<typeof JournalForget> {
  static override summary = 'Remove what shoppers can be known by from returns that are long over'
  static override description =
    `For returns that were resolved or gone before a moment, with nothing unsettled: removes order names, what was written to both vendors, messages and history. The record of refunds stays for ever, with the return's id, because it is what keeps a return from being paid again. Bodies of messages that nobody could read go by their age. Backups keep what they hold: delete old ones, too.

Writes the journal, asks no vendor. Exit codes: 0 forgotten, 2 wrong usage, 9 not confirmed.`
  static override examples = [
    '<%= config.bin %> journal forget --before 2026-01-01 --dry-run',
    '<%= config.bin %> journal forget --before 26w -m acme --yes --json',
  ]
  static override flags = {
    before: Flags.string({
      required: true,
      description: 'Over before this: a date, an RFC 3339 time, or a time back from now (26w)',
      helpValue: 'WHEN',
    }),
    merchant: Flags.string({ char: 'm', description: 'Of this merchant only; default: of all', helpValue: 'NAME' }),
    ...dryRunFlag,
    ...yesFlag,
  }

  async perform(): Promise<Result> {
    const { merchant, yes, 'dry-run': dryRun } = this.flags
    const now = this.io.now()
    const before = readMoment('--before', this.flags.before, now, 'first')
    if (merchant !== undefined) this.about(merchant)
    const journal = await this.journal()
    const wish = { before, merchant, at: now.toISOString(), actor: operator(this.io.env) }
    const { returns } = await journal.forget({ ...wish, dryRun: true })
    const what = `${returns} ${returns === 1 ? 'return' : 'returns'} of ${merchant ?? 'all merchants'} that were over before ${before}`
    if (!dryRun && returns > 0) await this.confirm(`Forget the shoppers of ${what}? This can't be undone.`, { yes })
    const forgotten = await journal.forget({ ...wish, dryRun })
    return {
      data: { before, dryRun, ...forgotten },
      view(page) {
        if (dryRun) return void page.line('Would forget the shoppers of ', strong(what), '. Nothing was removed.')
        const { effects, history, events, bodies } = forgotten
        page.line(good('Forgotten'), ': ', strong(what))
        page.line(
          `  ${effects} writes, ${history} lines of history, ${events} messages removed; ${bodies} bodies emptied.`,
        )
      },
    }
  }
}
