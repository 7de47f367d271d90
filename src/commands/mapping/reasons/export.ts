import * as Flags from '@oclif/core/flags'
import { MhloopCommand, type Result } from '../../../cli/command/base-command.ts'
import { merchantFlag } from '../../../cli/input/flags.ts'
import { exportedReasons } from '../../../cli/views/merchants/reasons.ts'
import { merchantWithReasons } from '../../../usecases/reasons/change-reasons.ts'

export default class MappingReasonsExport extends MhloopCommand<typeof MappingReasonsExport> {
  static override summary = 'Export the reason mapping as a CSV table that import reads'
  static override description = `Reads the profile and writes only to stdout.

Exit codes: 0, 2 no merchant selected, 5 no such merchant.`
  static override examples = [
    '<%= config.bin %> mapping reasons export > reasons.csv',
    '<%= config.bin %> mapping reasons export -m acme | <%= config.bin %> mapping reasons import - -m acme-eu',
  ]
  static override flags = {
    ...merchantFlag,
    format: Flags.string({
      description: 'Output format',
      options: ['csv', 'ndjson', 'json'],
      default: 'csv',
    }),
  }

  async perform(): Promise<Result> {
    const { name, policy } = await merchantWithReasons(this.io.env, this.flags.merchant)
    this.about(name)
    return { data: { reasons: policy.reasons }, listing: exportedReasons(policy.reasons) }
  }
}
