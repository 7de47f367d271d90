import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { formatFlag, limitFlag, newestOnly } from '../../cli/input/flags.ts'
import { windowFlags, windowOf } from '../../cli/input/time-window.ts'
import { chosenMerchant, merchantOrAllFlags } from '../../cli/merchants/merchant-choice.ts'
import { isNarrow } from '../../cli/views/listings.ts'
import { changeListing } from '../../cli/views/merchants/setting-changes.ts'
import { exitCodes, Fault } from '../../core/errors/fault.ts'
import type { Journal } from '../../journal/journal.ts'

export default class MerchantHistory extends MerchantCommand<typeof MerchantHistory> {
  static override summary = 'Who changed which setting, from what to what, newest first'
  static override description =
    `Reads the journal: refunds paused and resumed, quarantines, merchants added, removed and selected, settings, reason mappings, replaced secrets (never their values), registrations. "begun" means that the process died while it was about to store the change: merchant show says whether it was stored. The user is the one that the process ran as; the name from SUDO_USER or MHLOOP_OPERATOR is listed next to it as claimed. A removed merchant still has its history. Contacts no vendor, writes nothing.

Exit codes: 0, 2 wrong usage, 5 no such merchant.`
  static override examples = [
    '<%= config.bin %> merchant history',
    '<%= config.bin %> merchant history -m acme --since 30d',
    '<%= config.bin %> merchant history --all-merchants --format csv > changes.csv',
  ]
  static override flags = {
    ...merchantOrAllFlags,
    ...windowFlags,
    ...limitFlag('changes'),
    ...formatFlag,
  }

  async perform(): Promise<Result> {
    const { limit, since, until } = this.flags
    const window = windowOf({ since, until }, this.io.now())
    const journal = await this.journal()
    const merchant = await this.#merchantName(journal)
    if (merchant !== null) this.about(merchant)
    const whose = merchant === null ? {} : { merchants: [merchant] }
    const found = await journal.changes.find({ ...window, ...whose, limit: limit + 1 })
    const changes = found.slice(0, limit)
    const more = found.length > limit
    const empty = 'No change is recorded in this journal. To see the current settings: mhloop merchant show'
    return {
      data: { changes, more },
      warnings: more ? [newestOnly(limit)] : [],
      listing: changeListing(changes, { empty, narrow: isNarrow(this.io, this.flags.format) }),
    }
  }

  /** Also accepts a removed merchant, so that one can find out who removed it. */
  async #merchantName(journal: Journal): Promise<string | null> {
    try {
      return await chosenMerchant(this.io, this.flags)
    } catch (error) {
      const { merchant } = this.flags
      if (!(error instanceof Fault) || error.exit !== exitCodes.notFound || merchant === undefined) throw error
      const remembered = await journal.changes.find({ merchants: [merchant], limit: 1_000 })
      if (!remembered.some((change) => change.merchant === merchant)) throw error
      return merchant
    }
  }
}
