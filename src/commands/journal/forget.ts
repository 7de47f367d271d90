import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { operator } from '../../cli/command/operator.ts'
import { usageFault } from '../../cli/errors/command-faults.ts'
import { dryRunFlag, yesFlag } from '../../cli/input/flags.ts'
import { readTimestamp } from '../../cli/input/time-window.ts'
import type { Page } from '../../cli/output/page.ts'
import { dim, good, strong } from '../../cli/output/styled.ts'
import { counted } from '../../core/doctor/verdict.ts'
import { exitCodes, Fault } from '../../core/errors/fault.ts'
import { parseReference } from '../../core/rmas/identifiers.ts'
import { didYouMean } from '../../core/text/closest.ts'
import { printable } from '../../core/text/printable.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Forgotten, Retained } from '../../journal/maintenance/forgettable.ts'

/** Most rows in the table; --json has all of them. */
const mostRows = 20

export default class JournalForget extends MerchantCommand<typeof JournalForget> {
  static override summary = 'Remove data that identifies shoppers from finished returns'
  static override description =
    `For returns that are closed in Loop, gone, or never went to the warehouse, and have nothing unsettled: removes order names, what was written to both vendors, messages and history. --before selects all returns that were finished before a time; ids select single returns, however recent. Returns that are kept are listed with the reason. The record of refunds, with the return's id, is kept for ever, because it prevents a second refund.

Bodies of unreadable messages belong to no return: --before removes them by their age, and serve removes them after 30 days. Backups keep what they contain: delete old ones as well. For PostgreSQL's archives and logs see docs/postgres.md.

Writes the journal, contacts no vendor: "closed" is what the last sync saw. Exit codes: 0 removed, 2 wrong usage, 3 a given return is kept, 5 no such merchant or return, 9 not confirmed.`
  static override examples = [
    '<%= config.bin %> journal forget --before 2026-01-01 --dry-run',
    '<%= config.bin %> journal forget --before 26w -m acme --yes --json',
    '<%= config.bin %> journal forget 99904598 99904611 -m acme',
  ]
  static override strict = false
  static override args = {
    id: Args.string({ description: 'Return ids or admin URLs; - reads them from stdin' }),
  }
  static override flags = {
    before: Flags.string({
      description: 'Finished before this: a date, an RFC 3339 time, or a duration back from now (26w)',
      helpValue: 'WHEN',
    }),
    merchant: Flags.string({
      char: 'm',
      description: 'Only this merchant; default: all',
      env: 'MHLOOP_MERCHANT',
      helpValue: 'NAME',
    }),
    ...dryRunFlag,
    ...yesFlag,
  }

  async perform(): Promise<Result> {
    const { merchant, yes, 'dry-run': dryRun } = this.flags
    const now = this.io.now()
    const returnIds = await this.#returnIds()
    const before = this.flags.before === undefined ? null : readTimestamp('--before', this.flags.before, now, 'first')
    if (merchant !== undefined) this.about(merchant)
    const journal = await this.journal()
    if (merchant !== undefined) await this.#requireKnown(merchant, journal)
    const which = returnIds === null ? {} : { returnIds }
    const request = { before, ...which, merchant, at: now.toISOString(), actor: operator(this.io.env) }
    const plan = await journal.forget({ ...request, dryRun: true })
    refuseUnknown(plan, returnIds)
    const what = describeScope(plan, { merchant, before })
    if (!dryRun && plan.returns + plan.bodies > 0)
      await this.confirm(`Remove the shoppers' data from ${what}? This can't be undone.`, { yes })
    const forgotten = await journal.forget({ ...request, dryRun })
    return {
      data: { before, dryRun, ...forgotten },
      ...(returnIds !== null && forgotten.kept.some(wasRefused) ? { exit: exitCodes.findings } : {}),
      view: (page) => forgottenPage(page, forgotten, { what, dryRun }),
    }
  }

  /** Refuses a mistyped name, which would remove nothing and look done; a removed merchant may still have data. */
  async #requireKnown(merchant: string, journal: Journal): Promise<void> {
    const { readProfiles } = await import('../../merchants/profiles/profiles.ts')
    const stored = Object.keys((await readProfiles(this.io.env)).merchants)
    if (stored.includes(merchant)) return
    const known = [...new Set([...stored, ...(await journal.merchants())])]
    if (known.includes(merchant)) return
    throw new Fault(
      `There is no merchant "${printable(merchant, 80)}", stored or in the journal.${didYouMean(merchant, known)}`,
      { code: 'MERCHANT_UNKNOWN', hint: 'mhloop merchant list' },
    )
  }

  /** The typed return ids; null for all returns that were finished before --before. */
  async #returnIds(): Promise<string[] | null> {
    const { before } = this.flags
    const help = 'mhloop journal forget --before 26w, or mhloop journal forget 99904598'
    if (this.rest.length === 0 && before === undefined)
      throw usageFault('Missing: --before, or return ids.', help, 'MISSING_INPUT')
    if (this.rest.length === 0) return null
    if (before !== undefined) throw usageFault('--before does not apply to returns given by id. Leave it out.', help)
    const { typedIds } = await import('../../cli/input/typed-ids.ts')
    return (await typedIds(this.io, this.rest, this.signal)).map(idOf)
  }
}

/** `3 returns of acme that were finished before …, and 2 unreadable messages that were received before then`. */
function describeScope(
  { returns, bodies }: Forgotten,
  of: { merchant: string | undefined; before: string | null },
): string {
  const whose = `of ${of.merchant ?? 'all merchants'}`
  if (of.before === null) return `${counted(returns, 'return')} ${whose}`
  const messages = bodies === 0 ? '' : `, and from ${counted(bodies, 'unreadable message')} received before then`
  return `${counted(returns, 'return')} ${whose} finished before ${of.before}${messages}`
}

function idOf(typed: string): string {
  const reference = parseReference(typed)
  if (reference.kind === 'return-id') return reference.returnId
  throw usageFault(
    `“${printable(typed, 60)}” is not a return id.`,
    'To find the returns of an order: mhloop rma history ORDER -m NAME',
  )
}

/** Whether the return's data is still there: a return that was forgotten earlier is not. */
function wasRefused({ code }: Retained): boolean {
  return code !== 'FORGOTTEN_BEFORE'
}

function refuseUnknown({ kept: retained }: Forgotten, returnIds: readonly string[] | null): void {
  const [only, ...others] = retained
  if (returnIds?.length !== 1 || only?.code !== 'RETURN_UNKNOWN' || others.length > 0) return
  throw new Fault(`The journal does not know return ${only.returnId}.`, {
    code: 'RETURN_NOT_FOUND',
    returnId: only.returnId,
    hint: 'mhloop journal status',
  })
}

function forgottenPage(page: Page, forgotten: Forgotten, { what, dryRun }: { what: string; dryRun: boolean }): void {
  const { effects, history, events, bodies, kept: retained } = forgotten
  if (dryRun) page.line("Would remove the shoppers' data from ", strong(what), '. Nothing was removed.')
  else {
    page.line(good("Removed the shoppers' data"), ': ', strong(what))
    page.line(
      `  ${counted(effects, 'write')}, ${counted(history, 'history line')} and ${counted(events, 'message')} deleted; ${counted(bodies, 'message')} emptied.`,
    )
  }
  if (retained.length === 0) return
  page.heading(`Kept (${retained.length})`)
  page.rows(retained.slice(0, mostRows), [
    { key: 'returnId', title: 'Return', value: ({ returnId }) => returnId },
    { key: 'merchant', title: 'Merchant', value: ({ merchant }) => merchant ?? '–' },
    { key: 'why', title: 'Why', value: ({ message, code }) => [message, dim(` ${code}`)] },
  ])
  if (retained.length > mostRows) page.line(dim(`… and ${retained.length - mostRows} more (use --json)`))
}
