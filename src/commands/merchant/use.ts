import * as Args from '@oclif/core/args'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { openRecord } from '../../cli/merchants/change-record.ts'
import { dim, strong } from '../../cli/output/styled.ts'
import { profileOf, readProfiles } from '../../merchants/profiles/profiles.ts'
import { useMerchant } from '../../usecases/merchants/add-merchant.ts'

export default class MerchantUse extends MerchantCommand<typeof MerchantUse> {
  static override summary = 'Select the merchant that commands use by default'
  static override description =
    `Writes the selection into the profiles, and records in the journal who made it (merchant history). --merchant and MHLOOP_MERCHANT take precedence, and so does the merchant env.

Exit codes: 0, 5 no such merchant.`
  static override examples = ['<%= config.bin %> merchant use acme', '<%= config.bin %> merchant use acme-eu --json']

  static override args = { name: Args.string({ description: 'Which one', required: true }) }

  async perform(): Promise<Result> {
    const { name } = this.args
    const profiles = await readProfiles(this.io.env)
    const { journal } = profileOf(profiles, name)
    this.about(name)
    const merchants = [{ name, journal }]
    const record = await openRecord({ io: this.io, open: () => this.journal(), merchants, loosens: false })
    const doneFrom = (before: string | null) =>
      before === name
        ? []
        : [{ merchant: name, what: 'chosen', differences: [{ key: 'current', before, after: name }] }]
    await record.begin(doneFrom(profiles.current))
    const { previous, profile } = await useMerchant(this.io.env, name)
    this.warnings.push(...(await record.end(doneFrom(previous))))
    const { environment } = profile
    return {
      data: { name, environment, previous },
      view: (page) => page.line('Commands now use ', strong(name), dim(` · ${environment}`)),
    }
  }
}
