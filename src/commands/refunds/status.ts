import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { accountForReading } from '../../cli/merchants/loop-account.ts'
import { chosenMerchant, merchantOrAllFlags } from '../../cli/merchants/merchant-choice.ts'
import { type RefundsReport, refundsPage } from '../../cli/views/refund-status.ts'
import { isOtherJournal } from '../../merchants/profiles/binding.ts'
import { findMerchant } from '../../merchants/profiles/resolve-merchant.ts'

export default class RefundsStatus extends MerchantCommand<typeof RefundsStatus> {
  static override summary = 'Whether refunds may go out and how many more, for one merchant or for all'
  static override description =
    `Reads the profile and the journal, contacts no vendor, writes nothing; for a merchant that has not worked yet it reads the Loop key to identify its account. Shows the switch in the profile, who paused what and why, the budgets of the last hour and 24 hours, the first refunds that need an explicit request, and the largest refund. If several merchants share a Loop account, it shows the tightest limit of each kind and whose it is.

Exit codes: 0, 2 no merchant selected, 5 no such merchant.`
  static override examples = [
    '<%= config.bin %> refunds status',
    '<%= config.bin %> refunds status --all-merchants',
    '<%= config.bin %> refunds status -m acme --json',
  ]
  static override flags = { ...merchantOrAllFlags }

  async perform(): Promise<Result> {
    const chosen = await chosenMerchant(this.io, this.flags)
    if (chosen !== null) this.about(chosen)
    const names = chosen === null ? await this.#names() : [chosen]
    const journal = await this.journal()
    const { refundStatus } = await import('../../usecases/refunds/refund-status.ts')
    const pauses = await journal.refunds.pauses()
    const output: RefundsReport = {
      pausedForAll: pauses.find(({ merchant }) => merchant === null) ?? null,
      merchants: [],
    }
    const atHand = { id: await journal.installationId(), place: journal.location }
    const elsewhere = new Set<string>()
    for (const name of names) {
      const found = await findMerchant({ env: this.io.env, name })
      await this.assertJournal(found, journal, 'read')
      if (isOtherJournal(found.journal, atHand)) elsewhere.add(name)
      const { account, isUnknown } = await accountForReading(journal, found)
      if (isUnknown) this.warnings.push(unknownAccount(name))
      output.merchants.push(await refundStatus(journal, await found.stored(), { pauses, now: this.io.now(), account }))
    }
    return { data: output, view: (page) => refundsPage(page, output, elsewhere) }
  }

  async #names(): Promise<string[]> {
    const { merchantNames } = await import('../../usecases/merchants/list-merchants.ts')
    return await merchantNames(this.io.env)
  }
}

function unknownAccount(merchant: string): string {
  return `${merchant} has never worked with this journal, and its Loop key can't be read: a pause or a limit of another merchant on its Loop account would also apply to it.`
}
