import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { usageFault } from '../../cli/errors/command-faults.ts'
import { dryRunFlag, merchantFlag, yesFlag } from '../../cli/input/flags.ts'
import { reportPage, reportPlanPage } from '../../cli/views/returns/report-page.ts'
import { isBlank } from '../../core/text/printable.ts'

/** Loop takes no longer comment (loop.md §5.7). */
const longestComment = 512

export default class RmaReport extends MerchantCommand<typeof RmaReport> {
  static override summary = 'Report a return to Loop as fraud: an empty or short parcel'
  static override description =
    `Only for confirmed fraud: it accuses a shopper, and can't be taken back with mhloop. It does not change the return; flag it or leave it flagged as well.

Only what the receipt is evidence of can be reported: nothing arrived, or a part is missing. Not while another box is on its way, not for a return that was counted at a Return Bar, and not where the warehouse's counts leave room for doubt. Without --comment, the report says what the warehouse counted.

Exit codes: 0 Loop has the report, 2 the comment is empty or too long, 4 credentials, 5 not found or ambiguous, 6 no evidence, or refused by Loop, 7 a vendor is down, 8 in doubt: run it again, Loop takes only one report, 9 not confirmed.`
  static override examples = [
    '<%= config.bin %> rma report 99904598 --dry-run',
    '<%= config.bin %> rma report 99904598 --comment "The scale at the dock: 40 g, an empty bag"',
  ]
  static override args = {
    id: Args.string({
      required: true,
      description: 'Return id, admin URL, order name, tracking number or bag barcode',
    }),
  }
  static override flags = {
    ...merchantFlag,
    ...dryRunFlag,
    ...yesFlag,
    comment: Flags.string({
      description: `What was found, at most ${longestComment} characters; by default the counts of the receipt`,
      helpValue: 'TEXT',
    }),
  }

  async perform(): Promise<Result> {
    const typed = this.#comment()
    const isDry = this.flags['dry-run']
    const context = await this.context({
      announce: true,
      progressLabel: 'Reading both sides',
      use: isDry ? 'plan' : 'write',
    })
    const [reports, { findReturn }, { forMerchant }] = await Promise.all([
      import('../../usecases/returns/report-fraud.ts'),
      import('../../usecases/returns/find-return.ts'),
      import('../../usecases/merchant-context.ts'),
    ])
    const complete = (command: string) => forMerchant(context, command)
    const returnId = await findReturn(context, this.args.id)
    const plan = await reports.planReport(context, returnId)
    if (isDry || plan.refusal !== null) {
      const result = {
        returnId,
        outcome: plan.refusal === null ? ('skipped' as const) : ('refused' as const),
        category: plan.refusal === null ? plan.evidence.category : null,
        reasons: plan.refusal === null ? [] : [plan.refusal],
      }
      return {
        data: { ...(isDry ? { dryRun: true } : {}), ...result },
        exit: plan.refusal === null ? 0 : reports.exitOfReport(result),
        view: (page) => reportPlanPage(page, plan, typed, complete),
      }
    }
    const { category } = plan.evidence
    const comment = typed ?? plan.comment
    const { name, environment } = context.merchant
    const order = plan.orderName === null ? '' : ` (${plan.orderName})`
    // It accuses a person: in production, only for the merchant whose name was typed (F66).
    await this.confirm(
      `Only for confirmed fraud. Report return ${returnId}${order} of ${name} (${environment}) to Loop as ${category}, with the comment “${comment}”?`,
      { yes: this.flags.yes, typed: environment === 'production' ? name : null },
    )
    const result = await reports.reportFraud(context, returnId, { category, comment })
    return { data: result, exit: reports.exitOfReport(result), view: (page) => reportPage(page, result, complete) }
  }

  #comment(): string | null {
    const comment = this.flags.comment?.trim()
    if (comment === undefined) return null
    const help = 'mhloop rma report --help'
    if (isBlank(comment)) throw usageFault('--comment is empty.', help)
    if (comment.length <= longestComment) return comment
    throw usageFault(`--comment has ${comment.length} characters; Loop takes at most ${longestComment}.`, help)
  }
}
