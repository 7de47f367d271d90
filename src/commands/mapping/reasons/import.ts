import { Args, Flags } from '@oclif/core'
import { MhloopCommand, type Result } from '../../../cli/base-command.ts'
import { usageFault } from '../../../cli/faults.ts'
import { dryRunFlag, merchantFlag, yesFlag } from '../../../cli/flags.ts'
import { readSource } from '../../../cli/input.ts'
import { dim } from '../../../cli/output/styled.ts'
import { changesPage } from '../../../cli/views/reasons.ts'
import type { Fault } from '../../../core/fault.ts'
import { mergeRules, type ReasonTable, readReasonTable, reasonHeaders } from '../../../core/reason-table.ts'
import { changeReasons, storedMerchant } from '../../../usecases/reasons.ts'

/** As many as an error message holds; a terminal gets all of them above it. */
const problemsInMessage = 8

export default class MappingReasonsImport extends MhloopCommand<typeof MappingReasonsImport> {
  static override summary = 'Take the reason mapping from a CSV file'
  static override description =
    `Reads a table whose first row is "${reasonHeaders.reason},${reasonHeaders.code}"; a reason under a parent is "Parent › Reason", or there is a column "${reasonHeaders.parent}". Semicolons and tabs do too. Shows the difference and writes the profile. Reasons that are not in the file stay, unless --prune: then they go, after a question. If any row is wrong, all wrong rows are told and nothing is stored.

Exit codes: 0, 2 wrong file or no merchant chosen, 5 no such merchant, 9 not confirmed.`
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
    const { name, policy } = await storedMerchant(this.io.env, this.flags.merchant)
    this.about(name)
    const table = readReasonTable(await readSource(this.io, this.args.file, this.signal))
    if (table.problems.length > 0) throw this.#wrongTable(table.problems)
    const { changes, unchanged } = mergeRules(policy.reasons, table.rules, prune)
    const gone = changes.filter(({ after }) => after === null).length
    if (!dryRun && gone > 0) {
      if (!yes && this.io.canPrompt) await this.display((page) => changesPage(page, changes, unchanged))
      await this.confirm(`Remove ${gone === 1 ? '1 reason' : `${gone} reasons`} of ${name}?`, { yes })
    }
    if (!dryRun && changes.length > 0) {
      await changeReasons(this.io.env, name, this.io.now(), (stored) => mergeRules(stored, table.rules, prune).rules)
    }
    return {
      data: { dryRun, changes, unchanged },
      view(page) {
        changesPage(page, changes, unchanged)
        if (dryRun) page.line(dim('Nothing was stored (--dry-run).'))
      },
    }
  }

  #wrongTable(problems: ReasonTable['problems']): Fault {
    const lines = problems.map(({ line, message }) => `Line ${line}: ${message}`)
    const more = lines.length - problemsInMessage
    if (more > 0) for (const line of lines) this.say(line)
    const told = lines.slice(0, problemsInMessage).join(' ')
    const rest = more > 0 ? ` And ${more} more.` : ''
    return usageFault(
      `Nothing was stored. ${told}${rest}`,
      'Mend the file, and look at it with --dry-run.',
      'REASON_TABLE_WRONG',
    )
  }
}
