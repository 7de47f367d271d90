import { MhloopCommand, type Result } from '../../../cli/base-command.ts'
import { formatFlag, merchantFlag } from '../../../cli/flags.ts'
import { reasonListing } from '../../../cli/views/reasons.ts'
import { merchantWithReasons } from '../../../usecases/reasons.ts'

export default class MappingReasonsList extends MhloopCommand<typeof MappingReasonsList> {
  static override summary = "The merchant's mapping of Loop reasons to MasonHub codes"
  static override description =
    `Reads the profile, writes nothing. A reason under its parent goes before the same reason alone; case and spacing don't matter. Every reason that is not in the list is sent as "other", and mapping audit tells of it.

Exit codes: 0, 2 no merchant chosen, 5 no such merchant.`
  static override examples = [
    '<%= config.bin %> mapping reasons list',
    '<%= config.bin %> mapping reasons list --merchant acme --json',
  ]
  static override flags = { ...merchantFlag, ...formatFlag }

  async perform(): Promise<Result> {
    const { name, policy } = await merchantWithReasons(this.io.env, this.flags.merchant)
    this.about(name)
    const empty = `No reason is mapped: all are sent as "other". Map one: mhloop mapping reasons set -m ${name} "Too small" tooSmall`
    return { data: { reasons: policy.reasons, fallback: 'other' }, listing: reasonListing(policy.reasons, empty) }
  }
}
