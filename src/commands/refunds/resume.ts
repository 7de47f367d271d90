import { notHeld, reachOfAll } from '../../cli/all-merchants.ts'
import type { Result } from '../../cli/base-command.ts'
import { yesFlag } from '../../cli/flags.ts'
import { foundChoice, merchantOrAllFlags } from '../../cli/merchant-choice.ts'
import { whoActs } from '../../cli/operator.ts'
import { good, strong } from '../../cli/output/styled.ts'
import { pauseText, quarantineTold, reconciledSection } from '../../cli/views/refund-status.ts'
import { WorkplaceCommand } from '../../cli/workplace-command.ts'
import { exitCodes } from '../../core/fault.ts'
import type { Journal, Pause } from '../../journal/journal.ts'
import type { Reconciled } from '../../usecases/end-quarantine.ts'

export default class RefundsResume extends WorkplaceCommand<typeof RefundsResume> {
  static override summary = 'Take a pause of refunds back, or end a quarantine'
  static override description =
    `Removes the pause from the journal, after showing who paused and why, and asking. A merchant's own pause and the one for all are two: each is resumed by itself. Sends nothing; returns that are ready go with the next rma resolve.

A merchant in quarantine (after journal restore, or a move) has every return that could be paid read on both sides, once 15 minutes have passed; refunds go on when all could be read. After a restore, what is received and still open is parked for a person: nobody can tell whether its refund was asked for. Reads Loop and MasonHub then.

Exit codes: 0 resumed (or not paused at all), 2 wrong usage, 3 resumed, but some of all merchants work with another journal, 4 credentials missing, 5 no such merchant, 6 the quarantine goes on, or the merchant (of all: each of them) works with another journal, 7 a vendor is down, 9 not confirmed.`
  static override examples = [
    '<%= config.bin %> refunds resume -m acme',
    '<%= config.bin %> refunds resume --all-merchants --yes --json',
  ]
  static override flags = { ...merchantOrAllFlags, ...yesFlag }

  async perform(): Promise<Result> {
    const found = await foundChoice(this.io, this.flags)
    const merchant = found?.merchant.name ?? null
    if (merchant !== null) this.about(merchant)
    const journal = await this.journal()
    if (found !== null) await this.assertJournal(found, journal, 'plan')
    const reach = found === null ? await reachOfAll(this.io.env, journal) : null
    if (reach !== null) this.warnings.push(...notHeld(reach))
    const pauses = await journal.refunds.pauses()
    const pause = pauses.find((one) => one.merchant === merchant) ?? null
    const sameAccount = merchant === null ? [] : await journal.refunds.namesBeside(merchant)
    const whose = merchant ?? 'all merchants'
    if (pause !== null) {
      await this.confirm(`Let refunds of ${whose} go out again? Paused: ${pauseText(pause)}.`, { yes: this.flags.yes })
    }
    const resumed =
      pause !== null && (await journal.refunds.resume(merchant, whoActs(this.io.env), this.io.now().toISOString()))
    const quarantine = merchant === null ? null : await this.#endQuarantine(journal, merchant)
    return {
      data: { merchant, resumed, pause, sameAccount, quarantine: quarantine && quarantineTold(quarantine) },
      ...(reach !== null && reach.elsewhere.length > 0 ? { exit: exitCodes.findings } : {}),
      ...(quarantine?.lifted === false ? { exit: exitCodes.refused } : {}),
      warnings: stillPaused(merchant, pauses, sameAccount),
      view(page) {
        if (resumed) page.line(good('Resumed'), ': refunds of ', strong(whose), '.')
        else if (quarantine === null)
          page.line('Nothing to resume: ', strong(whose), merchant === null ? ' have' : ' has', ' no pause of its own.')
        if (quarantine !== null) reconciledSection(page, quarantine)
      },
    }
  }

  /** Reads what has to be read; null when there is no quarantine. */
  async #endQuarantine(journal: Journal, merchant: string): Promise<Reconciled | null> {
    if ((await journal.refunds.quarantineOf(merchant)) === null) return null
    const { endQuarantine } = await import('../../usecases/end-quarantine.ts')
    const progress = this.progress('Reading returns')
    let done = 0
    return await endQuarantine(
      await this.workplaceOf(
        await this.merchant(),
        journal,
        (step) => {
          if (step.total !== null) progress.expect(step.total)
          progress.advance(step.done - done)
          done = step.done
        },
        'plan',
      ),
    )
  }
}

/** What goes on holding refunds back. */
function stillPaused(merchant: string | null, pauses: readonly Pause[], sameAccount: readonly string[]): string[] {
  return pauses
    .filter(
      (pause) =>
        pause.merchant !== merchant &&
        (merchant === null || pause.merchant === null || sameAccount.includes(pause.merchant)),
    )
    .map((pause) => {
      const resume = pause.merchant === null ? '--all-merchants' : `-m ${pause.merchant}`
      const other = merchant === null ? '' : `, on the same Loop account as ${merchant},`
      const whose = pause.merchant === null ? 'All merchants are' : `${pause.merchant}${other} is`
      return `${whose} still paused: ${pauseText(pause)}. mhloop refunds resume ${resume}`
    })
}
