import * as Args from '@oclif/core/args'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { merchantFlag } from '../../cli/input/flags.ts'

export default class RmaShow extends MerchantCommand<typeof RmaShow> {
  static override summary = 'One return on both sides, unit by unit, and the next step'
  static override description =
    `Reads the return in Loop, its RMA and receipt in MasonHub, and the journal. Sends nothing to either vendor; it only records in the journal the outcome of earlier refunds and flags.

Exit codes: 0 shown, 4 credentials, 5 not found or ambiguous, 7 a vendor is down.`
  static override examples = [
    '<%= config.bin %> rma show 99904598',
    '<%= config.bin %> rma show https://admin.loopreturns.com/returns/99904598',
    '<%= config.bin %> rma show "#1001" --merchant acme',
    '<%= config.bin %> rma show 99904598 --json',
  ]
  static override args = {
    id: Args.string({
      required: true,
      description: 'Return id, admin URL, order name, tracking number or bag barcode',
    }),
  }
  static override flags = { ...merchantFlag }

  async perform(): Promise<Result> {
    const context = await this.context({ progressLabel: 'Searching returns', use: 'read' })
    const [{ showTyped }, { overviewData }, { rmaPage }, { forMerchant }] = await Promise.all([
      import('../../usecases/returns/show-return.ts'),
      import('../../cli/views/returns/rma-data.ts'),
      import('../../cli/views/returns/rma-page.ts'),
      import('../../usecases/merchant-context.ts'),
    ])
    const overview = await showTyped(context, this.args.id)
    const complete = (command: string) => forMerchant(context, command)
    return { data: overviewData(overview), view: (page) => rmaPage(page, overview, context.merchant, complete) }
  }
}
