import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { whoActs } from '../../cli/command/operator.ts'
import { yesFlag } from '../../cli/input/flags.ts'
import { notHeld, reachOfAll } from '../../cli/merchants/all-merchants.ts'
import { namesOfOtherAccount } from '../../cli/merchants/loop-account.ts'
import { foundChoice, merchantOrAllFlags } from '../../cli/merchants/merchant-choice.ts'
import { good, strong } from '../../cli/output/styled.ts'
import { pauseText, quarantineToJson, reconciledSection } from '../../cli/views/refund-status.ts'
import { exitCodes, Fault } from '../../core/errors/fault.ts'
import { environmentMerchant } from '../../core/merchants/environment-merchant.ts'
import type { Journal, Pause } from '../../journal/journal.ts'
import type { FoundMerchant } from '../../merchants/profiles/resolve-merchant.ts'
import type { Reconciled } from '../../usecases/refunds/end-refund-quarantine.ts'

export default class RefundsResume extends MerchantCommand<typeof RefundsResume> {
  static override summary = 'Lift a pause of refunds, or end a quarantine'
  static override description =
    `Shows who paused and why, asks for a confirmation, and removes the pause from the journal. A merchant's own pause and the pause of all merchants are separate: lift each by itself. The pause of a removed merchant is lifted by its name; that of env, which may be a different shop each time, only with the key of the paused shop, or without any key. Sends nothing; returns that are ready are refunded by the next rma resolve.

For a merchant in quarantine (after journal restore or migrate) it reads every return that could be refunded on both sides, once 15 minutes have passed; refunds continue when all could be read. After a restore, returns that are received and still open are parked for a person, because their refunds may already have been requested. It reads Loop and MasonHub then.

Exit codes: 0 resumed (or not paused at all), 2 wrong usage, 3 resumed, but with --all-merchants some are bound to another journal, 4 credentials missing, 5 no such merchant, 6 the quarantine continues, the pause of env belongs to another shop, or the merchant (with --all-merchants: every one) is bound to another journal, 7 a vendor is down, 9 not confirmed.`
  static override examples = [
    '<%= config.bin %> refunds resume -m acme',
    '<%= config.bin %> refunds resume --all-merchants --yes --json',
  ]
  static override flags = { ...merchantOrAllFlags, ...yesFlag }

  async perform(): Promise<Result> {
    const { found, merchant, journal } = await this.#chosen()
    if (merchant !== null) this.about(merchant)
    if (found !== null) await this.assertJournal(found, journal, 'plan')
    const reach = merchant === null ? await reachOfAll(this.io.env, journal) : null
    if (reach !== null) this.warnings.push(...notHeld(reach))
    const pauses = await journal.refunds.pauses()
    const pause = pauses.find((one) => one.merchant === merchant) ?? null
    if (found !== null && pause !== null) await refuseOtherAccount(journal, found, pause)
    const sameAccount = merchant === null ? [] : await journal.refunds.namesBeside(merchant)
    const whose = merchant ?? 'all merchants'
    if (pause !== null) {
      await this.confirm(`Resume refunds of ${whose}? Paused: ${pauseText(pause)}.`, { yes: this.flags.yes })
    }
    const resumed =
      pause !== null && (await journal.refunds.resume(merchant, whoActs(this.io.env), this.io.now().toISOString()))
    const quarantine = merchant === null || found === null ? null : await this.#endQuarantine(journal, merchant)
    return {
      data: { merchant, resumed, pause, sameAccount, quarantine: quarantine && quarantineToJson(quarantine) },
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

  /**
   * Finds the merchant. A pause outlives a removed merchant, and `env` without its variables: then the name alone is
   * enough to lift it.
   */
  async #chosen(): Promise<{ found: FoundMerchant | null; merchant: string | null; journal: Journal }> {
    const found = await foundChoice(this.io, this.flags).catch((error: unknown) => {
      if (error instanceof Fault && isNoLonger(this.flags.merchant, error)) return error
      throw error
    })
    const journal = await this.journal()
    if (!(found instanceof Fault)) return { found, merchant: found?.merchant.name ?? null, journal }
    const pauses = await journal.refunds.pauses()
    const pause = pauses.find(({ merchant }) => merchant !== null && merchant === this.flags.merchant)
    if (pause === undefined) throw found
    return { found: null, merchant: pause.merchant, journal }
  }

  /** Reads every return that the quarantine waits for; null when there is no quarantine. */
  async #endQuarantine(journal: Journal, merchant: string): Promise<Reconciled | null> {
    if ((await journal.refunds.quarantineOf(merchant)) === null) return null
    const { endQuarantine } = await import('../../usecases/refunds/end-refund-quarantine.ts')
    const progress = this.progress('Reading returns')
    let done = 0
    return await endQuarantine(
      await this.contextOf(
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

function isNoLonger(name: string | undefined, { code }: Fault): boolean {
  return name !== undefined && code === (name === environmentMerchant ? 'CREDENTIALS_MISSING' : 'MERCHANT_UNKNOWN')
}

/**
 * Refuses to lift a pause of `env` that was made for another Loop account: `env` may be another shop each time (G10).
 */
async function refuseOtherAccount(journal: Journal, found: FoundMerchant, pause: Pause): Promise<void> {
  const { name } = found.merchant
  if (name !== environmentMerchant) return
  const others = await namesOfOtherAccount(journal, found, pause.at)
  if (others === null) return
  const known = others.length === 0 ? '' : ` (also used as ${others.join(', ')})`
  throw new Fault(
    `"env" was paused for another Loop account${known} than that of MHLOOP_LOOP_API_KEY: ${pauseText(pause)}. Nothing was resumed.`,
    {
      code: 'PAUSE_OF_OTHER_ACCOUNT',
      merchant: name,
      hint: `Resume it with that account's key. If the key has been replaced since: env -u MHLOOP_LOOP_API_KEY mhloop refunds resume -m ${name}`,
    },
  )
}

/** Sentences about pauses that remain and still hold refunds back. */
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
