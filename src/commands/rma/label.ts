import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { dryRunFlag, merchantFlag, yesFlag } from '../../cli/input/flags.ts'
import { labelPage, labelPlanPage } from '../../cli/views/returns/label-page.ts'
import type { MerchantContext } from '../../usecases/merchant-context.ts'
import type { LabelPlan } from '../../usecases/returns/request-label.ts'

/** Milliseconds that `--wait` watches for the label. */
const waitFor = 120_000

export default class RmaLabel extends MerchantCommand<typeof RmaLabel> {
  static override summary = 'Ask Loop for the label of a return that has none'
  static override description =
    `MasonHub accepts no RMA without a tracking number. Where a shop leaves shipping to the shopper, or its label failed, a return waits for one for ever: this asks Loop to make it, which costs what a label costs.

Only for an open return that travels by mail, has no tracking number, and for which none is being made. Loop only queues the request: within an hour it is not asked again, and mhloop never repeats it by itself. Once the label is there, asn sync announces the return.

Exit codes: 0 Loop has queued it, 4 credentials, 5 not found or ambiguous, 6 refused by mhloop or by Loop, 7 Loop is down, 8 in doubt (see rma show), 9 not confirmed.`
  static override examples = [
    '<%= config.bin %> rma label 99904598 --dry-run',
    '<%= config.bin %> rma label 99904598 --wait',
    '<%= config.bin %> rma label "#1001" -m acme --yes --json',
  ]
  static override args = {
    id: Args.string({ required: true, description: 'Return id, admin URL or order name' }),
  }
  static override flags = {
    ...merchantFlag,
    ...dryRunFlag,
    ...yesFlag,
    wait: Flags.boolean({ description: `Wait until Loop shows the label, at most ${waitFor / 60_000} minutes` }),
  }

  async perform(): Promise<Result> {
    const isDry = this.flags['dry-run']
    const context = await this.context({
      announce: true,
      progressLabel: 'Reading the return',
      use: isDry ? 'plan' : 'write',
    })
    const [labels, { findReturn }, { forMerchant }] = await Promise.all([
      import('../../usecases/returns/request-label.ts'),
      import('../../usecases/returns/find-return.ts'),
      import('../../usecases/merchant-context.ts'),
    ])
    const returnId = await findReturn(context, this.args.id)
    const complete = (command: string) => forMerchant(context, command)
    const plan = await labels.planLabel(context, returnId)
    if (isDry || plan.refusal !== null) {
      const reasons = plan.refusal === null ? [] : [plan.refusal]
      const outcome = plan.refusal === null ? ('skipped' as const) : ('refused' as const)
      return {
        data: { ...(isDry ? { dryRun: true } : {}), returnId, outcome, reasons, trackingNumber: null },
        exit: plan.refusal === null ? 0 : labels.exitOfLabel({ outcome, reasons }),
        view: (page) => labelPlanPage(page, plan, complete),
      }
    }
    await this.#ask(context, plan)
    const result = await labels.requestLabel(context, returnId, this.flags.wait ? waitFor : 0)
    return { data: result, exit: labels.exitOfLabel(result), view: (page) => labelPage(page, result, complete) }
  }

  /** It buys something: in production, only for the merchant whose name was typed (F66). */
  async #ask({ merchant: { name, environment } }: MerchantContext, { returnId, loopReturn }: LabelPlan): Promise<void> {
    const order = loopReturn?.orderName == null ? '' : ` (${loopReturn.orderName})`
    const question = `Ask Loop to make, and charge, a label for return ${returnId}${order} for ${name} (${environment})?`
    await this.confirm(question, { yes: this.flags.yes, typed: environment === 'production' ? name : null })
  }
}
