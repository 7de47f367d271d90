import { Args, Flags } from '@oclif/core'
import type { Result } from '../../cli/base-command.ts'
import { usageFault } from '../../cli/faults.ts'
import { dryRunFlag, yesFlag } from '../../cli/flags.ts'
import { readMoment } from '../../cli/moments.ts'
import { operator } from '../../cli/operator.ts'
import { listing } from '../../cli/output/listing.ts'
import type { Page } from '../../cli/output/page.ts'
import { dim, good, strong } from '../../cli/output/styled.ts'
import { WorkplaceCommand } from '../../cli/workplace-command.ts'
import { exitCodes, Fault } from '../../core/fault.ts'
import { parseReference } from '../../core/identifiers.ts'
import { shown } from '../../core/text.ts'
import type { Forgotten, Kept } from '../../journal/forgettable.ts'

/** Rows that a person reads; the rest is in --json. */
const mostRows = 20

export default class JournalForget extends WorkplaceCommand<typeof JournalForget> {
  static override summary = 'Remove what shoppers can be known by from returns that are over'
  static override description =
    `For returns that are closed in Loop, gone, or never were the warehouse's, with nothing unsettled: removes order names, what was written to both vendors, messages and history. With --before, all that were over before a moment; with ids, the returns of one shopper, however young. What is not forgotten is named, with why. The record of refunds stays for ever, with the return's id, because it is what keeps a return from being paid again.

Bodies of messages that nobody could read name no return: they go by their age, with --before, and by themselves after 30 days under serve. Backups keep what they hold: delete old ones, too. What PostgreSQL's archives and logs keep: docs/postgres.md.

Writes the journal, asks no vendor: "closed" is what the last sync saw. Exit codes: 0 forgotten, 2 wrong usage, 3 a return that was named is kept, 5 the journal knows nothing of it, 9 not confirmed.`
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
      description: 'Over before this: a date, an RFC 3339 time, or a time back from now (26w)',
      helpValue: 'WHEN',
    }),
    merchant: Flags.string({ char: 'm', description: 'Of this merchant only; default: of all', helpValue: 'NAME' }),
    ...dryRunFlag,
    ...yesFlag,
  }

  async perform(): Promise<Result> {
    const { merchant, yes, 'dry-run': dryRun } = this.flags
    const now = this.io.now()
    const returnIds = await this.#returnIds()
    const before = this.flags.before === undefined ? null : readMoment('--before', this.flags.before, now, 'first')
    if (merchant !== undefined) this.about(merchant)
    const journal = await this.journal()
    const which = returnIds === null ? {} : { returnIds }
    const wish = { before, ...which, merchant, at: now.toISOString(), actor: operator(this.io.env) }
    const plan = await journal.forget({ ...wish, dryRun: true })
    refuseUnknown(plan, returnIds)
    const count = `${plan.returns} ${plan.returns === 1 ? 'return' : 'returns'} of ${merchant ?? 'all merchants'}`
    const what = before === null ? count : `${count} that were over before ${before}`
    if (!dryRun && plan.returns > 0)
      await this.confirm(`Forget the shoppers of ${what}? This can't be undone.`, { yes })
    const forgotten = await journal.forget({ ...wish, dryRun })
    return {
      data: { before, dryRun, ...forgotten },
      ...(returnIds !== null && forgotten.kept.some(isLeft) ? { exit: exitCodes.findings } : {}),
      view: (page) => forgottenPage(page, forgotten, { what, dryRun }),
    }
  }

  /** null: all that were over before a moment. */
  async #returnIds(): Promise<string[] | null> {
    const { before } = this.flags
    const help = 'mhloop journal forget --before 26w, or mhloop journal forget 99904598'
    if (this.rest.length === 0 && before === undefined)
      throw usageFault('Missing: --before, or return ids.', help, 'MISSING_INPUT')
    if (this.rest.length === 0) return null
    if (before !== undefined) throw usageFault('Returns by id are forgotten however young: leave --before out.', help)
    const { typedIds } = await import('../../cli/typed-ids.ts')
    return (await typedIds(this.io, this.rest, this.signal)).map(idOf)
  }
}

function idOf(typed: string): string {
  const reference = parseReference(typed)
  if (reference.kind === 'return-id') return reference.returnId
  throw usageFault(
    `“${shown(typed, 60)}” is no return id.`,
    'Look up the returns of an order: mhloop rma history ORDER -m NAME',
  )
}

/** Forgotten before is as good as forgotten now. */
function isLeft({ code }: Kept): boolean {
  return code !== 'FORGOTTEN_BEFORE'
}

function refuseUnknown({ kept }: Forgotten, returnIds: readonly string[] | null): void {
  const [only, ...others] = kept
  if (returnIds?.length !== 1 || only?.code !== 'RETURN_UNKNOWN' || others.length > 0) return
  throw new Fault(`The journal knows nothing of return ${only.returnId}.`, {
    code: 'RETURN_NOT_FOUND',
    returnId: only.returnId,
    hint: 'mhloop journal status',
  })
}

function forgottenPage(page: Page, forgotten: Forgotten, { what, dryRun }: { what: string; dryRun: boolean }): void {
  const { effects, history, events, bodies, kept } = forgotten
  if (dryRun) page.line('Would forget the shoppers of ', strong(what), '. Nothing was removed.')
  else {
    page.line(good('Forgotten'), ': ', strong(what))
    page.line(`  ${effects} writes, ${history} lines of history, ${events} messages removed; ${bodies} bodies emptied.`)
  }
  if (kept.length === 0) return
  page.heading(`Kept (${kept.length})`)
  page.table(
    listing<Kept>({
      columns: [
        { key: 'returnId', title: 'Return', value: ({ returnId }) => returnId },
        { key: 'merchant', title: 'Merchant', value: ({ merchant }) => merchant ?? '–' },
        { key: 'why', title: 'Why', value: ({ message, code }) => [message, dim(` ${code}`)] },
      ],
      rows: kept.slice(0, mostRows),
      empty: '',
    }),
  )
  if (kept.length > mostRows) page.line(dim(`… and ${kept.length - mostRows} more (use --json)`))
}
