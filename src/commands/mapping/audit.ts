import * as Flags from '@oclif/core/flags'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { formatFlag, merchantFlag, yesFlag } from '../../cli/input/flags.ts'
import { windowFlags, windowOf } from '../../cli/input/time-window.ts'
import { isNarrow } from '../../cli/views/listings.ts'
import { type FindingRow, findingListing, readFindingCodes } from '../../cli/views/returns/findings.ts'
import { syncPage } from '../../cli/views/returns/sync-page.ts'
import { span } from '../../cli/views/times.ts'
import { type ExitCode, exitCodes } from '../../core/errors/fault.ts'
import type { Finding } from '../../core/explain/reason.ts'
import type { MerchantContext } from '../../usecases/merchant-context.ts'
import { exitOfSync, type SyncResult, writtenReturns } from '../../usecases/sync/result.ts'

export default class MappingAudit extends MerchantCommand<typeof MappingAudit> {
  static override summary = 'Compare Loop and MasonHub, return by return'
  static override description =
    `Reads every return created in the period, its RMA, and the RMAs that belong to no return. Without --since the period is the last 60 days. Writes nothing to either vendor; the journal records which returns were seen.

--fix then syncs the returns that a sync can correct: it shows what would be created, updated and deleted, and asks. It never moves money.

Exit codes: 0 nothing found (or only infos, or all fixed), 2 wrong usage, 3 errors or warnings remain, 4 credentials, 7 a vendor is down, 8 a write of --fix is in doubt, 9 not confirmed, 130 interrupted.`
  static override examples = [
    '<%= config.bin %> mapping audit --since 14d',
    '<%= config.bin %> mapping audit --only RMA_MISSING,LINES_DIFFER --format csv > findings.csv',
    '<%= config.bin %> mapping audit --fix --dry-run',
    '<%= config.bin %> mapping audit --fix --yes --json',
  ]
  static override flags = {
    ...merchantFlag,
    ...windowFlags,
    ...formatFlag,
    ...yesFlag,
    only: Flags.string({
      description: 'Only findings with this code; may be repeated or separated by commas',
      helpValue: 'CODE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    fix: Flags.boolean({ description: 'Sync the returns that a sync can correct' }),
    'dry-run': Flags.boolean({
      char: 'n',
      description: 'With --fix: print the plan and stop; nothing is sent to MasonHub',
      dependsOn: ['fix'],
    }),
  }

  async perform(): Promise<Result> {
    const { since, until, only, fix } = this.flags
    const window = windowOf({ since, until }, this.io.now())
    const codes = only === undefined ? {} : { only: readFindingCodes(only) }
    const use = !fix ? 'read' : this.flags['dry-run'] ? 'plan' : 'write'
    const context = await this.context({ announce: true, progressLabel: 'Comparing returns', use })
    const { audit, fixable } = await import('../../usecases/audit/audit.ts')
    const found = await audit(context, { ...window, ...codes })
    const { returns, rmas } = found.checked
    const compared = `${returns} ${returns === 1 ? 'return' : 'returns'} and ${rmas} ${rmas === 1 ? 'RMA' : 'RMAs'}`
    this.say(`Compared ${compared}, created ${span(found.window)}.`)
    const ids = fix && !this.signal.aborted ? fixable(found.findings) : []
    const sync = ids.length === 0 ? null : await this.#fix(context, ids)
    const mended = new Set(sync === null || sync.dryRun ? [] : writtenReturns(sync))
    const findings = found.findings.map((finding) => ({ ...finding, fixed: isMended(finding, mended) }))
    const { unreadable } = found
    const data = { window: found.window, checked: found.checked, findings, fixed: mended.size, sync, unreadable }
    const exit = this.#exit(findings, sync, unreadable.length)
    const empty = 'Nothing found: both sides agree.'
    return {
      data,
      warnings: unreadable.map(({ message }) => message),
      ...(exit === undefined ? {} : { exit }),
      listing: findingListing(findings, {
        empty,
        narrow: isNarrow(this.io, this.flags.format),
        terminal: this.io.stdout.isTTY && this.flags.format === 'table',
      }),
    }
  }

  /** Shows the plan, asks, and syncs. Returns the plan itself when nothing was sent. */
  async #fix(context: MerchantContext, returnIds: readonly string[]): Promise<SyncResult> {
    const { syncReturns } = await import('../../usecases/sync/sync.ts')
    const plan = await syncReturns(context, { returnIds, source: 'list', dryRun: true })
    await this.#show(context, plan)
    const writes = writtenReturns(plan).length
    if (this.flags['dry-run'] || writes === 0 || this.signal.aborted) return plan
    const { name, environment } = context.merchant
    const what = writes === 1 ? '1 RMA' : `${writes} RMAs`
    await this.confirm(`Change ${what} of ${name} (${environment}) at MasonHub?`, { yes: this.flags.yes })
    const done = await syncReturns(context, { returnIds, source: 'list', dryRun: false })
    await this.#show(context, done)
    return done
  }

  /** Shows the result on stderr: stdout contains the findings and nothing else. */
  async #show(context: MerchantContext, result: SyncResult): Promise<void> {
    const { forMerchant } = await import('../../usecases/merchant-context.ts')
    await this.display((page) => {
      syncPage(page, result, (command) => forMerchant(context, command))
      page.blank()
    })
  }

  #exit(findings: readonly FindingRow[], sync: SyncResult | null, unreadable: number): ExitCode | undefined {
    const ofSync = sync === null || sync.dryRun ? undefined : exitOfSync(sync, this.signal.aborted)
    if (ofSync !== undefined && ofSync !== exitCodes.findings) return ofSync
    // An interrupted audit says nothing about the rest: it exits with 130.
    if (this.signal.aborted) return undefined
    const remaining = findings.some(({ severity, fixed }) => severity !== 'info' && !fixed)
    return remaining || unreadable > 0 ? exitCodes.findings : undefined
  }
}

function isMended({ fix, returnId }: Finding, mended: ReadonlySet<string>): boolean {
  return returnId !== null && mended.has(returnId) && fix?.startsWith(`mhloop asn sync ${returnId}`) === true
}
