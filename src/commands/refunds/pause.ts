import * as Flags from '@oclif/core/flags'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { whoActs } from '../../cli/command/operator.ts'
import { usageFault } from '../../cli/errors/command-faults.ts'
import { bindAll, notHeld, reachOfAll } from '../../cli/merchants/all-merchants.ts'
import { namesOfAccount } from '../../cli/merchants/loop-account.ts'
import { foundChoice, merchantOrAllFlags } from '../../cli/merchants/merchant-choice.ts'
import { good, strong } from '../../cli/output/styled.ts'
import { exitCodes, Fault } from '../../core/errors/fault.ts'
import { environmentMerchant } from '../../core/merchants/environment-merchant.ts'
import { isBlank } from '../../core/text/printable.ts'
import type { Journal } from '../../journal/journal.ts'

export default class RefundsPause extends MerchantCommand<typeof RefundsPause> {
  static override summary = 'Stop refunds at once, for one merchant or for all'
  static override description =
    `Writes the pause into the journal, with your name and the reason. It applies to every process that uses this journal, to the merchant's Loop account under all of its merchant names, and to explicitly requested refunds; a request that is already on its way can't be recalled. Flags, RMAs and everything else continue. There is no confirmation, because stopping is safe. A merchant that is not bound to a journal yet becomes bound to this one.

Exit codes: 0 paused, 2 wrong usage, 3 paused, but with --all-merchants some are bound to another journal, 5 no such merchant, 6 the merchant (with --all-merchants: every one) is bound to another journal, so nothing was paused.`
  static override examples = [
    '<%= config.bin %> refunds pause -m acme --reason "wrong dispositions since Monday"',
    '<%= config.bin %> refunds pause --all-merchants --reason "MasonHub incident" --json',
  ]
  static override flags = {
    ...merchantOrAllFlags,
    reason: Flags.string({ required: true, description: 'Why; shown to the person who resumes', helpValue: 'TEXT' }),
  }

  /**
   * Opens the journal, which stores the pause; if that fails, the hint names the switch in the profile, which stops
   * automatic refunds without it.
   */
  async #journalOrSwitch(merchant: string | null): Promise<Journal> {
    try {
      return await this.journal()
    } catch (error) {
      if (!(error instanceof Fault) || merchant === environmentMerchant) throw error
      throw new Fault(`${error.message} A pause can't be written without it.`, {
        like: error,
        cause: error,
        hint: `Stop automatic refunds without the journal: mhloop merchant set -m ${merchant ?? 'NAME'} refunds off`,
      })
    }
  }

  async perform(): Promise<Result> {
    const reason = this.flags.reason.trim()
    if (isBlank(reason)) throw usageFault('--reason is empty: say why, for the person who resumes.')
    const found = await foundChoice(this.io, this.flags)
    const merchant = found?.merchant.name ?? null
    if (merchant !== null) this.about(merchant)
    const journal = await this.#journalOrSwitch(merchant)
    // A pause in a journal that is not the merchant's would stop nothing, so it is refused; a merchant that has not
    // worked yet is bound here.
    if (found !== null) await this.assertJournal(found, journal, 'write')
    const all = found === null ? await reachOfAll(this.io.env, journal) : null
    const at = this.io.now().toISOString()
    await journal.refunds.pause(merchant, reason, whoActs(this.io.env), at)
    const reach = all && (await bindAll(this.io.env, journal, all, this.io.now()))
    if (reach !== null) this.warnings.push(...notHeld(reach))
    // After the pause is stored: reading a key may be slow, and may fail.
    const names = found === null ? [] : await namesOfAccount(journal, found, at)
    if (names === null) {
      const tried = `the Loop key of ${merchant} can't be read`
      this.warnings.push(`It applies to ${merchant} and to the merchants known to share its Loop account; ${tried}.`)
    }
    const sameAccount = names ?? (merchant === null ? [] : await journal.refunds.namesBeside(merchant))
    const pause = (await journal.refunds.pauses()).find((one) => one.merchant === merchant)
    const whose = merchant ?? 'all merchants'
    const resume = merchant === null ? '--all-merchants' : `-m ${merchant}`
    return {
      data: { merchant, pause: pause ?? null, sameAccount },
      ...(reach !== null && reach.elsewhere.length > 0 ? { exit: exitCodes.findings } : {}),
      view(page) {
        page.line(good('Paused'), ': refunds of ', strong(whose), '.')
        if (sameAccount.length > 0) page.line(`  Also paused, on the same Loop account: ${sameAccount.join(', ')}.`)
        page.line(`  mhloop refunds resume ${resume}`)
      },
    }
  }
}
