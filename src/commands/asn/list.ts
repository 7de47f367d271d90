import * as Flags from '@oclif/core/flags'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { formatFlag, merchantFlag } from '../../cli/input/flags.ts'
import { closedWindow, windowFlags, windowOf } from '../../cli/input/time-window.ts'
import { announcedListing, isNarrow } from '../../cli/views/listings.ts'
import { span } from '../../cli/views/times.ts'
import type { Source } from '../../usecases/sync/observe-window.ts'

/** Length of the period without --since. */
const days = 7

export default class AsnList extends MerchantCommand<typeof AsnList> {
  static override summary = 'Returns announced by Loop in a period, and what a sync plans for each'
  static override description =
    `Reads Loop, and the journal for what it knows about each return. Does not read MasonHub, writes nothing. The period applies to when a return last changed in Loop; without --since it is the last ${days} days.

Plan: wanted (the return should have an RMA), held (something is still missing), skipped (not for MasonHub, closed, …), blocked (something must be corrected first), retired (cancelled: its RMA should be deleted). Whether MasonHub knows the SKUs is shown by asn sync --dry-run.

Exit codes: 0, 2 wrong usage, 4 credentials, 7 Loop is down, 130 interrupted.`
  static override examples = [
    '<%= config.bin %> asn list --since 12h',
    '<%= config.bin %> asn list --since 2026-11-01 --until 2026-11-07 --format csv > announced.csv',
    '<%= config.bin %> asn list --state open --state review --json',
  ]
  static override flags = {
    ...merchantFlag,
    ...windowFlags,
    ...formatFlag,
    source: Flags.string({
      description: "Read Loop's ASN report, its detailed list, or the list plus what only the report shows",
      options: ['asn', 'list', 'both'],
      default: 'both',
    }),
    state: Flags.string({
      description: 'Only returns in this state; may be repeated',
      options: ['open', 'review', 'closed', 'cancelled', 'expired', 'unknown'],
      multiple: true,
      multipleNonGreedy: true,
    }),
  }

  async perform(): Promise<Result> {
    const { since, until, source, state } = this.flags
    const now = this.io.now()
    const window = closedWindow(windowOf({ since, until }, now), now, days)
    const context = await this.context({ progressLabel: 'Reading returns', use: 'read' })
    const { listAnnounced } = await import('../../usecases/sync/list-announced.ts')
    const returns = await listAnnounced(context, { ...window, source: source as Source, states: state ?? [] })
    const empty = `Loop announces nothing ${span(window)}. For a longer period: mhloop asn list --since 30d`
    const narrow = isNarrow(this.io, this.flags.format)
    return { data: { window, source, returns }, listing: announcedListing(returns, { empty, narrow }) }
  }
}
