import type { Result } from '../../cli/base-command.ts'
import { yesFlag } from '../../cli/flags.ts'
import { chosenMerchant, merchantOrAllFlags } from '../../cli/merchant-choice.ts'
import { good, strong } from '../../cli/output/styled.ts'
import { pauseText } from '../../cli/views/refund-status.ts'
import { WorkplaceCommand } from '../../cli/workplace-command.ts'
import type { Pause } from '../../journal/journal.ts'

export default class RefundsResume extends WorkplaceCommand<typeof RefundsResume> {
  static override summary = 'Take a pause of refunds back'
  static override description =
    `Removes the pause from the journal, after showing who paused and why, and asking. A merchant's own pause and the one for all are two: each is resumed by itself. Sends nothing; returns that are ready go with the next rma resolve.

Exit codes: 0 resumed (or not paused at all), 2 wrong usage, 5 no such merchant, 9 not confirmed.`
  static override examples = [
    '<%= config.bin %> refunds resume -m acme',
    '<%= config.bin %> refunds resume --all-merchants --yes --json',
  ]
  static override flags = { ...merchantOrAllFlags, ...yesFlag }

  async perform(): Promise<Result> {
    const merchant = await chosenMerchant(this.io, this.flags)
    if (merchant !== null) this.about(merchant)
    const journal = await this.journal()
    const pauses = await journal.refunds.pauses()
    const pause = pauses.find((one) => one.merchant === merchant) ?? null
    const whose = merchant ?? 'all merchants'
    if (pause !== null) {
      await this.confirm(`Let refunds of ${whose} go out again? Paused: ${pauseText(pause)}.`, { yes: this.flags.yes })
    }
    const resumed = pause !== null && (await journal.refunds.resume(merchant))
    return {
      data: { merchant, resumed, pause },
      warnings: stillPaused(merchant, pauses),
      view(page) {
        if (resumed) page.line(good('Resumed'), ': refunds of ', strong(whose), '.')
        else
          page.line('Nothing to resume: ', strong(whose), merchant === null ? ' have' : ' has', ' no pause of its own.')
      },
    }
  }
}

/** What goes on holding refunds back. */
function stillPaused(merchant: string | null, pauses: readonly Pause[]): string[] {
  return pauses
    .filter((pause) => pause.merchant !== merchant && (merchant === null || pause.merchant === null))
    .map((pause) => {
      const command = pause.merchant === null ? '--all-merchants' : `-m ${pause.merchant}`
      const whose = pause.merchant === null ? 'All merchants are' : `${pause.merchant} is`
      return `${whose} still paused: ${pauseText(pause)}. mhloop refunds resume ${command}`
    })
}
