import * as Flags from '@oclif/core/flags'
import type { Result } from '../../../cli/command/base-command.ts'
import { MerchantCommand } from '../../../cli/command/merchant-command.ts'
import { formatFlag, merchantFlag } from '../../../cli/input/flags.ts'
import { closedWindow, windowFlags, windowOf } from '../../../cli/input/time-window.ts'
import { storeReasons } from '../../../cli/merchants/reason-record.ts'
import { dim } from '../../../cli/output/styled.ts'
import { changeLine, countedText, coverageListing, coverageSheet } from '../../../cli/views/merchants/reasons.ts'
import { span } from '../../../cli/views/times.ts'
import type { SeenReason } from '../../../core/reasons/reason-counts.ts'
import { acceptProposals, coverReasons } from '../../../core/reasons/reason-coverage.ts'
import type { RuleChange } from '../../../core/reasons/reason-table.ts'
import type { FoundMerchant } from '../../../merchants/profiles/resolve-merchant.ts'
import { changeReasons, storedMerchant } from '../../../usecases/reasons/change-reasons.ts'
import { reasonDays, seenReasonsOf } from '../../../usecases/reasons/seen-reasons.ts'

export default class MappingReasonsSuggest extends MerchantCommand<typeof MappingReasonsSuggest> {
  static override summary = "Propose MasonHub codes for the reasons that occur in Loop's returns"
  static override description =
    `Reads the returns of the period from Loop (default: 120 days; only those to the merchant's destinations) and counts their reasons. For each reason without a rule it proposes a code and names the words that suggest it. If no word does, the code is "other", marked as a guess. Rules that no return uses are listed last. Writes nothing, unless --apply is given: then it stores every proposal that is not a guess, and records in the journal who did it (merchant history). Guesses stay unmapped, so that the audit reports them until a person decides.

With --format csv it prints a sheet to edit and give to \`mapping reasons import\`; the additional columns are for the reader, and import ignores them.

Exit codes: 0, 2 wrong usage or no merchant selected, 4 credentials, 5 no such merchant, 7 Loop is down, 130 interrupted.`
  static override examples = [
    '<%= config.bin %> mapping reasons suggest',
    '<%= config.bin %> mapping reasons suggest --since 30d --apply',
    '<%= config.bin %> mapping reasons suggest -m acme --format csv > reasons.csv',
  ]
  static override flags = {
    ...merchantFlag,
    ...windowFlags,
    ...formatFlag,
    apply: Flags.boolean({ description: 'Store the proposals that are not guesses' }),
  }

  async perform(): Promise<Result> {
    const { since, until, apply, format } = this.flags
    const window = closedWindow(windowOf({ since, until }, this.io.now()), this.io.now(), reasonDays)
    // Checked before anything is read: without a stored merchant, --apply is a mistake.
    const found = apply ? await storedMerchant(this.io.env, this.flags.merchant) : null
    const resolved = await this.merchant({ announce: true })
    const progress = this.progress('Reading returns')
    const seen = await seenReasonsOf(resolved, {
      window,
      signal: this.signal,
      onRead: (returns) => progress.advance(returns),
      ...this.requestOptions,
    })
    const covered = coverReasons(resolved.merchant.policy.reasons, seen.reasons)
    const changes = found === null ? null : await this.#apply(found, seen.reasons)
    const { returns, units, unitsWithoutReason, unreadable } = seen
    if (returns > 0) this.say(`${countedText(seen)}, created ${span(window)}.`)
    const empty = `${returns === 0 ? 'Loop has no returns' : `None of ${returns} returns has a reason`}, created ${span(window)}.`
    return {
      data: { window, returns, units, unitsWithoutReason, reasons: covered, changes, unreadable },
      warnings: unreadable.map(({ message }) => message),
      listing: format === 'csv' ? coverageSheet(covered) : coverageListing(covered, empty),
    }
  }

  async #apply(found: FoundMerchant, seen: readonly SeenReason[]): Promise<RuleChange[]> {
    const { name, policy } = found.merchant
    let { changes, guesses } = acceptProposals(policy.reasons, seen)
    const store = async () => {
      // Starts from the rules stored at that moment, so that a rule made meanwhile stays.
      await changeReasons(this.io.env, name, this.io.now(), (stored) => {
        const accepted = acceptProposals(stored, seen)
        changes = accepted.changes
        guesses = accepted.guesses
        return accepted.rules
      })
      return changes
    }
    this.warnings.push(...(await storeReasons({ io: this.io, open: () => this.journal(), found, changes }, store)))
    await this.display((page) => {
      for (const change of changes) page.paragraph(changeLine(change))
      if (changes.length === 0) page.line(dim('Nothing to store.'))
      if (guesses > 0) {
        page.line(
          dim(`${guesses === 1 ? '1 guess stays' : `${guesses} guesses stay`} unmapped until a person decides.`),
        )
      }
    })
    return changes
  }
}
