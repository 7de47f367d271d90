import { Args, Flags } from '@oclif/core'
import type { Result } from '../../cli/base-command.ts'
import { usageFault } from '../../cli/faults.ts'
import { merchantFlag } from '../../cli/flags.ts'
import { windowFlags, windowOf } from '../../cli/moments.ts'
import { syncPage } from '../../cli/views/sync-page.ts'
import { WorkplaceCommand } from '../../cli/workplace-command.ts'
import type { FoundReturns } from '../../usecases/find-returns.ts'
import type { Source } from '../../usecases/sync/observe-window.ts'
import type { Workplace } from '../../usecases/workplace.ts'

export default class AsnSync extends WorkplaceCommand<typeof AsnSync> {
  static override summary = 'Loop to MasonHub: turn announced returns into RMAs'
  static override description =
    `Reads returns in Loop and their RMAs in MasonHub, and creates, updates or deletes RMAs so that MasonHub expects what Loop announced. RMAs are deleted only for cancelled returns, and only while the warehouse has not begun. What still lacks something (a tracking number, say) is held and looked at again by the next sync. Every write is in the journal before it is sent; running it again repeats nothing.

Without ID and --since it goes on where the last one ended (the first time: 30 days back). It asks nothing. --dry-run sends nothing to MasonHub; the journal only notes which returns were seen.

Exit codes: 0 done, 2 wrong usage, 3 some returns failed, 4 credentials, 5 not found or ambiguous, 7 a vendor is down, 8 a write is in doubt (the next sync reads before it writes), 130 interrupted.`
  static override examples = [
    '<%= config.bin %> asn sync',
    '<%= config.bin %> asn sync 99904598 "#1001" --dry-run',
    '<%= config.bin %> asn sync --since 7d --source asn --json',
    'cat ids.txt | <%= config.bin %> asn sync - --merchant acme',
  ]
  static override strict = false
  static override args = {
    id: Args.string({
      description: 'Return ids, admin URLs, order names or tracking numbers; - reads them from stdin',
    }),
  }
  static override flags = {
    ...merchantFlag,
    ...windowFlags,
    source: Flags.string({
      description: "Read Loop's ASN report, its detailed list, or the list and whatever only the report shows",
      options: ['asn', 'list', 'both'],
      default: 'both',
    }),
    'dry-run': Flags.boolean({ char: 'n', description: 'Print the plan and stop; nothing is sent to MasonHub' }),
  }

  async perform(): Promise<Result> {
    const { since, until } = this.flags
    const window = windowOf({ since, until }, this.io.now())
    if (this.rest.length > 0 && (since !== undefined || until !== undefined)) {
      throw usageFault('Returns by id have no window: leave --since and --until out.', 'mhloop asn sync --help')
    }
    const { typedIds } = await import('../../cli/typed-ids.ts')
    const typed = await typedIds(this.io, this.rest, this.signal)
    const workplace = await this.workplace({ announce: true, progressLabel: 'Syncing returns' })
    const found = typed.length === 0 ? null : await this.#find(workplace, typed)
    const [{ syncReturns }, { exitOfSync }] = await Promise.all([
      import('../../usecases/sync/sync.ts'),
      import('../../usecases/sync/result.ts'),
    ])
    const result = await syncReturns(workplace, {
      ...window,
      ...(found === null ? {} : { returnIds: found.returnIds }),
      source: this.flags.source as Source,
      dryRun: this.flags['dry-run'],
    })
    result.failed.push(...(found?.unknown ?? []).map(({ typed, ...why }) => ({ returnId: typed, ...why })))
    const exit = exitOfSync(result, this.signal.aborted)
    return { data: result, ...(exit === undefined ? {} : { exit }), view: (page) => syncPage(page, result) }
  }

  async #find(workplace: Workplace, typed: readonly string[]): Promise<FoundReturns> {
    const { findReturns } = await import('../../usecases/find-returns.ts')
    return await findReturns(workplace, typed)
  }
}
