import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { repeatEvery, type StreamFormat, streamFormats, streamTo } from '../../cli/command/watch.ts'
import { toFault, usageFault } from '../../cli/errors/command-faults.ts'
import { merchantFlag } from '../../cli/input/flags.ts'
import { windowFlags, windowOf } from '../../cli/input/time-window.ts'
import { bad, dim } from '../../cli/output/styled.ts'
import { syncPage, syncSummary } from '../../cli/views/returns/sync-page.ts'
import { exitCodes, Fault } from '../../core/errors/fault.ts'
import { nextCommand } from '../../core/errors/next-command.ts'
import { printable } from '../../core/text/printable.ts'
import { milliseconds } from '../../core/time/duration.ts'
import type { Journal } from '../../journal/journal.ts'
import type { MerchantContext } from '../../usecases/merchant-context.ts'
import type { FoundReturns } from '../../usecases/returns/find-returns.ts'
import type { Source } from '../../usecases/sync/observe-window.ts'
import type { SyncResult } from '../../usecases/sync/result.ts'

/** Most milliseconds between two rounds of a watch. */
const longest = 86_400_000
/**
 * Errors that end a watch, because later rounds would fail, too: the merchant is removed, or bound to another journal.
 */
const endsWatch = new Set(['MERCHANT_GONE', 'JOURNAL_OTHER'])

export default class AsnSync extends MerchantCommand<typeof AsnSync> {
  static override summary = 'Turn the returns that Loop announces into RMAs at MasonHub'
  static override description =
    `Reads returns in Loop and their RMAs in MasonHub, and creates, updates or deletes RMAs so that MasonHub expects what Loop announced. RMAs are deleted only for cancelled returns, and only before the warehouse has begun to receive them. A return that still lacks something (such as a tracking number) is held and checked again by the next sync. Every write is in the journal before it is sent; running the command again repeats nothing.

Without ID and --since it continues where the last sync ended (the first time: 30 days back). It asks no questions. --dry-run sends nothing to MasonHub; the journal only records which returns were seen.

--watch repeats it until Ctrl-C, starting at once: one line per round on stdout, or one JSON record with --format ndjson. A failed round is reported, and the next one still follows. It follows changes of the profile: it continues with other accounts, and ends when the merchant is removed or bound to another journal.

Exit codes: 0 done, or a watch ended, 2 wrong usage, 3 some returns failed, 4 credentials, 5 not found or ambiguous, 6 the merchant is bound to another journal, 7 a vendor is down, 8 a write is in doubt (the next sync reads before it writes), 130 interrupted.`
  static override examples = [
    '<%= config.bin %> asn sync',
    '<%= config.bin %> asn sync 99904598 "#1001" --dry-run',
    '<%= config.bin %> asn sync --since 7d --source asn --json',
    'cat ids.txt | <%= config.bin %> asn sync - --merchant acme',
    '<%= config.bin %> asn sync --watch --every 5m',
  ]
  static override strict = false
  static override args = {
    id: Args.string({
      description: 'Return ids, admin URLs, order names, tracking numbers or bag barcodes; - reads them from stdin',
    }),
  }
  static override flags = {
    ...merchantFlag,
    ...windowFlags,
    source: Flags.string({
      description: "Read Loop's ASN report, its detailed list, or the list plus what only the report shows",
      options: ['asn', 'list', 'both'],
      default: 'both',
    }),
    'dry-run': Flags.boolean({ char: 'n', description: 'Print the plan and stop; nothing is sent to MasonHub' }),
    watch: Flags.boolean({ description: 'Repeat it until Ctrl-C', exclusive: ['until'] }),
    every: Flags.string({
      description:
        "With --watch: time from the start of one round to the next, like 30s, 5m, 1h; default: the merchant's setting",
      helpValue: 'LENGTH',
      dependsOn: ['watch'],
    }),
    format: Flags.string({
      description: 'With --watch: one line of text or one JSON record per round',
      options: [...streamFormats],
      dependsOn: ['watch'],
    }),
  }

  async perform(): Promise<Result> {
    const { since, until, watch, every } = this.flags
    const window = windowOf({ since, until }, this.io.now())
    if (this.rest.length > 0 && (since !== undefined || until !== undefined)) {
      throw usageFault(
        '--since and --until do not apply to returns given by id. Leave them out.',
        'mhloop asn sync --help',
      )
    }
    const length = every === undefined ? null : lengthOf(every)
    if (watch && this.io.json) {
      throw usageFault('--json prints one document, but a watch never ends.', 'mhloop asn sync --watch --format ndjson')
    }
    const { typedIds } = await import('../../cli/input/typed-ids.ts')
    const typed = await typedIds(this.io, this.rest, this.signal)
    if (watch) return await this.#watch(typed, length)
    const context = await this.context({
      announce: true,
      progressLabel: 'Syncing returns',
      use: this.flags['dry-run'] ? 'plan' : 'write',
    })
    const found = await this.#find(context, typed)
    const [{ exitOfSync }, { forMerchant }] = await Promise.all([
      import('../../usecases/sync/result.ts'),
      import('../../usecases/merchant-context.ts'),
    ])
    const complete = (command: string) => forMerchant(context, command)
    const result = await this.#sync(context, found, window)
    const exit = exitOfSync(result, this.signal.aborted)
    return { data: result, ...(exit === undefined ? {} : { exit }), view: (page) => syncPage(page, result, complete) }
  }

  /** Repeats the sync until the signal aborts. A fault only ends its own round: it may be over by the next one. */
  async #watch(typed: readonly string[], length: number | null): Promise<Result> {
    const journal = await this.journal()
    let watched = await this.#watched(journal, typed)
    this.defer(() => watched.close())
    const emit = streamTo(this.io, (this.flags.format ?? 'text') as StreamFormat)
    const between = length ?? Math.min(milliseconds(watched.context.merchant.intervals.pull) ?? longest, longest)
    const { signal } = this
    await repeatEvery({ milliseconds: between, signal, now: () => this.io.now() }, async (round) => {
      const at = this.io.now().toISOString()
      // A window like 7d moves with each round.
      const window = windowOf({ since: this.flags.since }, this.io.now())
      try {
        const result = await this.#sync(watched.context, watched.found, window).catch(async (error: unknown) => {
          if (!(error instanceof Fault) || error.code !== 'MERCHANT_CHANGED') throw error
          // The stored profile decides (G4), also when its accounts changed: the watch continues with those.
          const anew = await this.#watched(journal, typed, watched.context.merchant.name)
          watched.close()
          watched = anew
          return await this.#sync(watched.context, watched.found, window)
        })
        emit({ at, round, result, error: null }, [dim(`${at}  `), ...syncSummary(result)])
      } catch (error) {
        const fault = toFault(error, signal.aborted)
        if (fault.exit === exitCodes.interrupted) return
        // Internal errors would only repeat; and a merchant that this run may no longer work for does not come back to
        // it.
        if (fault.exit === exitCodes.ours || endsWatch.has(fault.code)) throw fault
        const { code, message, exit } = fault
        const hint = nextCommand(fault, watched.context.merchant.name)
        emit({ at, round, result: null, error: { code, message, hint, exit } }, [
          dim(`${at}  `),
          bad('failed: '),
          `${message} ${code}`,
        ])
      }
    })
    return { data: null, exit: exitCodes.done }
  }

  /** Opens connections with the stored profile and finds the typed returns; with `name`, for that merchant. */
  async #watched(journal: Journal, typed: readonly string[], name?: string) {
    const resolved = await this.merchant({ announce: true, ...(name === undefined ? {} : { name }) })
    const { context, close } = await this.connected(resolved, journal, {
      use: this.flags['dry-run'] ? 'plan' : 'write',
    })
    try {
      return { context, close, found: await this.#find(context, typed) }
    } catch (error) {
      close()
      throw error
    }
  }

  async #sync(
    context: MerchantContext,
    found: FoundReturns | null,
    window: { since?: string; until?: string },
  ): Promise<SyncResult> {
    const { syncReturns } = await import('../../usecases/sync/sync.ts')
    const result = await syncReturns(context, {
      ...window,
      ...(found === null ? {} : { returnIds: found.returnIds }),
      source: this.flags.source as Source,
      dryRun: this.flags['dry-run'],
    })
    result.failed.push(...(found?.unknown ?? []).map(({ typed, ...why }) => ({ returnId: typed, ...why })))
    return result
  }

  /** The typed returns; null when none was typed, so that a window is synced. */
  async #find(context: MerchantContext, typed: readonly string[]): Promise<FoundReturns | null> {
    if (typed.length === 0) return null
    const { findReturns } = await import('../../usecases/returns/find-returns.ts')
    return await findReturns(context, typed)
  }
}

function lengthOf(text: string): number {
  const length = milliseconds(text)
  if (length !== null && length <= longest) return length
  throw usageFault(
    `Invalid --every "${printable(text, 40)}".`,
    'Give a duration like 30s, 5m or 1h, at most 1d.',
    'WRONG_LENGTH',
  )
}
