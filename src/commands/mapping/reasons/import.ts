import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type { Result } from '../../../cli/command/base-command.ts'
import { MerchantCommand } from '../../../cli/command/merchant-command.ts'
import { dryRunFlag, merchantFlag, yesFlag } from '../../../cli/input/flags.ts'
import { storeReasons } from '../../../cli/merchants/reason-record.ts'
import { readReasonSheet } from '../../../cli/merchants/reason-sheet.ts'
import { dim } from '../../../cli/output/styled.ts'
import { changesPage } from '../../../cli/views/merchants/reasons.ts'
import { mergeRules, reasonHeaders } from '../../../core/reasons/reason-table.ts'
import { assertAgreed, changeReasons, storedMerchant } from '../../../usecases/reasons/change-reasons.ts'

export default class MappingReasonsImport extends MerchantCommand<typeof MappingReasonsImport> {
  static override summary = 'Import the reason mapping from a CSV file'
  static override description =
    `Reads a table whose first row is "${reasonHeaders.reason},${reasonHeaders.code}"; a reason under a parent is written "Parent › Reason", or in a column "${reasonHeaders.parent}". Semicolons and tabs also work as separators. Shows the difference, writes the profile, and records in the journal who changed what (merchant history). Reasons that are not in the file stay; with --prune they are removed after a confirmation. If any row is invalid, every invalid row is reported and nothing is stored.

Exit codes: 0, 2 invalid file or no merchant selected, 5 no such merchant, 9 not confirmed.`
  static override examples = [
    '<%= config.bin %> mapping reasons import reasons.csv --dry-run',
    '<%= config.bin %> mapping reasons import reasons.csv --merchant acme --prune --yes',
    '<%= config.bin %> mapping reasons export -m acme | <%= config.bin %> mapping reasons import - -m acme-eu',
  ]
  static override args = { file: Args.string({ required: true, description: 'CSV file; - reads stdin' }) }
  static override flags = {
    ...merchantFlag,
    ...dryRunFlag,
    ...yesFlag,
    prune: Flags.boolean({ description: 'Remove the reasons that are not in the file' }),
  }

  async perform(): Promise<Result> {
    const { prune, yes, 'dry-run': dryRun } = this.flags
    const found = await storedMerchant(this.io.env, this.flags.merchant)
    const { name, policy } = found.merchant
    this.about(name)
    const rules = await readReasonSheet(this.io, this.args.file, this.signal)
    const { changes, unchanged } = mergeRules(policy.reasons, rules, prune)
    const gone = changes.filter(({ after }) => after === null).length
    if (!dryRun && gone > 0) {
      if (!yes && this.io.canPrompt) await this.display((page) => changesPage(page, changes, unchanged))
      await this.confirm(`Remove ${gone === 1 ? '1 reason' : `${gone} reasons`} of ${name}?`, { yes })
    }
    if (!dryRun) {
      const store = async () => {
        let made = changes
        await changeReasons(this.io.env, name, this.io.now(), (stored) => {
          const merged = mergeRules(stored, rules, prune)
          made = merged.changes
          assertAgreed(name, changes, made)
          return merged.rules
        })
        return made
      }
      this.warnings.push(...(await storeReasons({ io: this.io, open: () => this.journal(), found, changes }, store)))
    }
    return {
      data: { dryRun, changes, unchanged },
      view(page) {
        changesPage(page, changes, unchanged)
        if (dryRun) page.line(dim('Nothing was stored (--dry-run).'))
      },
    }
  }
}
