import * as Args from '@oclif/core/args'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { merchantFlag } from '../../cli/input/flags.ts'
import { historyData, historyPage } from '../../cli/views/returns/history-page.ts'

export default class RmaHistory extends MerchantCommand<typeof RmaHistory> {
  static override summary = 'Everything that was attempted for one return, oldest first'
  static override description =
    `Reads the journal: what was seen, decided, sent and answered, when, and by whom. It asks Loop only about ids that the journal does not know. Writes nothing.

Exit codes: 0, 4 credentials, 5 not found or ambiguous, 7 Loop is down.`
  static override examples = [
    '<%= config.bin %> rma history 99904598',
    '<%= config.bin %> rma history "#1001" --merchant acme',
    '<%= config.bin %> rma history 99904598 --json',
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
    const { journal, merchant } = context
    const [{ historyOf, rememberedReturn }, { findReturn }] = await Promise.all([
      import('../../usecases/returns/history.ts'),
      import('../../usecases/returns/find-return.ts'),
    ])
    const { id } = this.args
    const returnId = (await rememberedReturn(journal, merchant.name, id)) ?? (await findReturn(context, id))
    const attempts = await historyOf(journal, merchant.name, returnId)
    return { data: historyData(attempts), view: (page) => historyPage(page, attempts) }
  }
}
