import * as Flags from '@oclif/core/flags'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { formatFlag, merchantFlag } from '../../cli/input/flags.ts'
import { closedWindow, windowFlags, windowOf } from '../../cli/input/time-window.ts'
import { isNarrow, rmaListing } from '../../cli/views/listings.ts'
import { span } from '../../cli/views/times.ts'

/** Length of the period without --since. */
const days = 7

export default class RmaList extends MerchantCommand<typeof RmaList> {
  static override summary = 'RMAs created at MasonHub in a period'
  static override description =
    `Reads MasonHub, and the journal for the status of each return. Writes nothing. The period applies to when the RMA was created, the only time that MasonHub can filter by; without --since it is the last ${days} days. Units that arrived unannounced count as received.

Exit codes: 0, 2 wrong usage, 4 credentials, 7 MasonHub is down, 130 interrupted.`
  static override examples = [
    '<%= config.bin %> rma list --status open --status in-receiving',
    '<%= config.bin %> rma list --since 2026-11-01 --format csv > rmas.csv',
    '<%= config.bin %> rma list --since 30d --json',
  ]
  static override flags = {
    ...merchantFlag,
    ...windowFlags,
    ...formatFlag,
    status: Flags.string({
      description: 'Only RMAs with this status; may be repeated',
      options: ['open', 'in-receiving', 'received', 'deleted', 'unknown'],
      multiple: true,
      multipleNonGreedy: true,
    }),
  }

  async perform(): Promise<Result> {
    const { since, until, status } = this.flags
    const now = this.io.now()
    const window = closedWindow(windowOf({ since, until }, now), now, days)
    const context = await this.context({ progressLabel: 'Reading RMAs', use: 'read' })
    const { listRmas } = await import('../../usecases/returns/list-rmas.ts')
    const rmas = await listRmas(context, { ...window, statuses: status ?? [] })
    const empty = `MasonHub created no such RMA ${span(window)}. For a longer period: mhloop rma list --since 30d`
    const narrow = isNarrow(this.io, this.flags.format)
    return { data: { window, rmas }, listing: rmaListing(rmas, { empty, narrow }) }
  }
}
