import { Args } from '@oclif/core'
import { MhloopCommand, type Result } from '../../cli/base-command.ts'
import { dim, strong } from '../../cli/output/styled.ts'
import { useMerchant } from '../../usecases/onboard.ts'

export default class MerchantUse extends MhloopCommand<typeof MerchantUse> {
  static override summary = 'Choose the merchant that commands work for when none is named'
  static override description =
    `Writes the choice into the profiles. --merchant and MHLOOP_MERCHANT go before it, and so does the merchant env.

Exit codes: 0, 5 no such merchant.`
  static override examples = ['<%= config.bin %> merchant use acme', '<%= config.bin %> merchant use acme-eu --json']

  static override args = { name: Args.string({ description: 'Which one', required: true }) }

  async perform(): Promise<Result> {
    const { name } = this.args
    const { previous, profile } = await useMerchant(this.io.env, name)
    this.about(name)
    const { environment } = profile
    return {
      data: { name, environment, previous },
      view: (page) => page.line('Commands now work for ', strong(name), dim(` · ${environment}`)),
    }
  }
}
