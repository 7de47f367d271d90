import * as Args from '@oclif/core/args'
import { MhloopCommand, type Result } from '../../cli/command/base-command.ts'
import { usageFault } from '../../cli/errors/command-faults.ts'
import { merchantFlag } from '../../cli/input/flags.ts'
import { isMerchantTyped } from '../../cli/merchants/merchant-choice.ts'
import { merchantData, merchantPage } from '../../cli/views/merchants/merchant-page.ts'
import { shellWord } from '../../core/text/shell-word.ts'
import { readProfiles } from '../../merchants/profiles/profiles.ts'
import { findMerchant } from '../../merchants/profiles/resolve-merchant.ts'
import { secretPlaces } from '../../merchants/secrets/secret-places.ts'

export default class MerchantShow extends MhloopCommand<typeof MerchantShow> {
  static override summary = 'Every setting of a merchant, and where it comes from'
  static override description =
    `Reads the profile and checks which secrets exist, following references (env:, file:, keychain:, command:); contacts no vendor. For a secret it shows where it is stored and since when, never any part of it.

Exit codes: 0, 2 no merchant selected, 5 no such merchant.`
  static override examples = [
    '<%= config.bin %> merchant show',
    '<%= config.bin %> merchant show acme',
    "<%= config.bin %> merchant show acme --json | jq '.data.settings.refunds'",
  ]

  static override args = { name: Args.string({ description: 'Merchant to show; default: the one that commands use' }) }
  static override flags = { ...merchantFlag }

  async perform(): Promise<Result> {
    const { merchant: requested } = this.flags
    if (this.args.name !== undefined && isMerchantTyped(this.argv) && requested !== this.args.name)
      throw usageFault('Two merchants are named: show takes one.', `mhloop merchant show ${shellWord(this.args.name)}`)
    const name = this.args.name ?? requested
    const { merchant, origins, journal } = await findMerchant({ env: this.io.env, name })
    this.about(merchant.name)
    const { current } = await readProfiles(this.io.env)
    const places = await secretPlaces(this.io.env, merchant.name)
    const stored = { merchant, origins, places, journal, current: merchant.name === current }
    return { data: merchantData(stored), view: (page) => merchantPage(page, stored) }
  }
}
