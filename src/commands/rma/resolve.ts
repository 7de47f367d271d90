import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { usageFault } from '../../cli/errors/command-faults.ts'
import { dryRunFlag, merchantFlag, yesFlag } from '../../cli/input/flags.ts'
import type { Page } from '../../cli/output/page.ts'
import { warn } from '../../cli/output/styled.ts'
import { pauseText } from '../../cli/views/refund-status.ts'
import { proposalListing, question, resultsPage, willAct } from '../../cli/views/returns/resolutions.ts'
import { whatArrivedData, whatArrivedPage } from '../../cli/views/returns/what-arrived.ts'
import type { Fault } from '../../core/errors/fault.ts'
import { isHeldByPolicy } from '../../core/refunds/held-by-policy.ts'
import { isBlank } from '../../core/text/printable.ts'
import { shellWord } from '../../core/text/shell-word.ts'
import type { MerchantContext } from '../../usecases/merchant-context.ts'
import type { Proposal, RequestedAction } from '../../usecases/resolve/proposal.ts'
import type { ResolveRequest } from '../../usecases/resolve/resolve.ts'
import type { Resolved } from '../../usecases/resolve/results.ts'

/** Milliseconds that `--wait` watches one return. */
const waitFor = 120_000

export default class RmaResolve extends MerchantCommand<typeof RmaResolve> {
  static override summary = 'Tell Loop what arrived: process the refund, or flag the return'
  static override description =
    `Reads both sides of each return now, decides by the rules (or takes the resolution that you request), shows the plan, asks for a confirmation, and tells Loop. A refund is sent at most once per return, ever; every step is in the journal.

--refund requests a refund explicitly: that overrides the merchant's refund switch and size limit, but not the rules. --force overrides the verdict of the receipt, and nothing else; it needs --reason, which is recorded with your name. A pause, the hourly and daily limits, and "sent once" always apply.

--only-arrived refunds one return without the units that are missing: Loop takes them out of the return and refunds the rest, which can't be undone. Everything else must have arrived and be available. The return must be open: if it was flagged, set it back to open in the Loop admin first, as is usual. Where it can't be known which of several units is missing, name them with --unit.

Refunds that policy holds back (refunds off or paused, a limit, the first refunds that need an explicit request) are shown before the confirmation and are not sent: exit code 3 for returns given by id, 0 with --ready.

Exit codes: 0 done, 3 some could not be resolved, or are held back, 4 credentials, 5 not found, 6 refused by the rules or by Loop, 7 a vendor is down, 8 in doubt or parked (see rma show), 9 not confirmed, 130 interrupted.`
  static override examples = [
    '<%= config.bin %> rma resolve 99904598 --dry-run',
    '<%= config.bin %> rma resolve 99904598 --refund --wait',
    '<%= config.bin %> rma resolve 99904598 --refund --force --reason "Customer proved it was sent"',
    '<%= config.bin %> rma resolve 99904598 --refund --only-arrived --dry-run',
    '<%= config.bin %> rma resolve 99904598 --refund --only-arrived --unit 1100010002',
    '<%= config.bin %> rma resolve 99904598 --flag --note "Box was empty"',
    '<%= config.bin %> rma resolve --ready --yes --json',
    'cat ids.txt | <%= config.bin %> rma resolve - --yes',
  ]
  static override strict = false
  static override args = {
    id: Args.string({
      description: 'Return ids, admin URLs, order names, tracking numbers or bag barcodes; - reads them from stdin',
    }),
  }
  static override flags = {
    ...merchantFlag,
    ...dryRunFlag,
    ...yesFlag,
    ready: Flags.boolean({ description: 'All returns that the warehouse has received and Loop still shows open' }),
    refund: Flags.boolean({ description: 'Process the refund explicitly', exclusive: ['flag', 'ready'] }),
    flag: Flags.boolean({ description: 'Flag the return for review explicitly', exclusive: ['refund', 'ready'] }),
    note: Flags.string({
      description: 'Text to put at the beginning of the note of a flag',
      helpValue: 'TEXT',
      exclusive: ['refund'],
    }),
    force: Flags.boolean({
      description: 'Refund against the verdict of the receipt; needs --reason',
      dependsOn: ['refund'],
    }),
    'only-arrived': Flags.boolean({
      description: 'Refund only what arrived: the missing units are taken out of the return, and not paid',
      dependsOn: ['refund'],
      exclusive: ['force', 'ready', 'flag'],
    }),
    unit: Flags.string({
      description: 'Line item ids of the units that are missing, where mhloop cannot know which they are',
      helpValue: 'ID,...',
      dependsOn: ['only-arrived'],
    }),
    reason: Flags.string({
      description: 'Why it is forced, or why only what arrived is paid; shown in rma history',
      helpValue: 'TEXT',
      relationships: [{ type: 'some', flags: ['force', 'only-arrived'] }],
    }),
    wait: Flags.boolean({
      description: `Wait until Loop shows it as done, at most ${waitFor / 60_000} minutes per return`,
    }),
  }

  async perform(): Promise<Result> {
    const { ready, force, note } = this.flags
    if (ready === this.rest.length > 0) {
      throw usageFault(
        'Give the ids of returns, or --ready.',
        'mhloop rma resolve 99904598, or mhloop rma resolve --ready',
      )
    }
    const reason = this.#reason()
    const units = this.#units()
    const context = await this.context({
      announce: true,
      progressLabel: 'Reading both sides',
      use: this.flags['dry-run'] ? 'plan' : 'write',
    })
    const requested = this.#requested()
    const request = { requested, force, units, reason, note: note ?? null, wait: this.flags.wait ? waitFor : 0 }
    // What arrived is shown before it is paid, even where nobody is asked.
    const isDisplayed = this.flags['dry-run'] || requested === 'only-arrived'
    if (this.flags.yes && !isDisplayed) return await this.#atOnce(context, request)
    const { proposals, unknown } = await this.#plan(context, request)
    const paused = await pausesInTheWay(context, proposals)
    if (this.flags['dry-run']) return await this.#planned(proposals, unknown, paused)
    const acting = proposals.filter(willAct)
    for (const pause of paused) this.say(warn('Warning: '), pause)
    if (acting.length > 0) await this.#ask(context, proposals, acting)
    const { resolveMany } = await import('../../usecases/resolve/resolve-many.ts')
    const { results, stoppedBy } = await resolveMany(context, proposals, request)
    return await this.#renderResult(context, [...results, ...unknown], stoppedBy)
  }

  #requested(): RequestedAction {
    if (this.flags['only-arrived']) return 'only-arrived'
    return this.flags.refund ? 'refund' : this.flags.flag ? 'flag' : 'rules'
  }

  /** The units that a person names as missing; null: none. A partial refund is looked at one by one. */
  #units(): string[] | null {
    if (!this.flags['only-arrived']) return null
    const [id = '99904598', ...others] = this.rest
    const command = `mhloop rma resolve ${shellWord(id === '-' ? '99904598' : id)} --refund --only-arrived`
    if (others.length > 0 || id === '-') throw usageFault('--only-arrived takes exactly one return.', command)
    const { unit } = this.flags
    if (unit === undefined) return null
    const ids = unit.split(',').map((one) => one.trim())
    if (ids.every((one) => /^\d{1,19}$/.test(one)) && new Set(ids).size === ids.length) return ids
    throw usageFault(
      '--unit takes ids of line items, separated by commas, each once.',
      `${command} --unit 1100010002,1100010003`,
    )
  }

  /** The reason of a forced refund: an operator who pays against the rules must give one (G11). */
  #reason(): string | undefined {
    const reason = this.flags.reason?.trim()
    if (!this.flags.force || (reason !== undefined && !isBlank(reason))) return reason
    const { merchant } = this.flags
    const command = ['mhloop', 'rma', 'resolve', ...this.rest, ...(merchant === undefined ? [] : ['-m', merchant])]
    throw usageFault(
      `--force pays against the rules: ${reason === undefined ? 'give' : '--reason is empty: give'} the reason, for anyone who reviews it later.`,
      `${command.map(shellWord).join(' ')} --refund --force --reason "why it is paid anyway"`,
      'MISSING_INPUT',
    )
  }

  /** With --yes no plan is shown: each return is read once, right before it is acted on. */
  async #atOnce(context: MerchantContext, request: ResolveRequest): Promise<Result> {
    const { returnIds, unknown } = this.flags.ready ? await readyIds(context) : await this.#typed(context)
    const { resolveAtOnce } = await import('../../usecases/resolve/resolve-at-once.ts')
    const { results, stoppedBy } = await resolveAtOnce(context, returnIds, request)
    const isPaused = results.some(({ reasons }) => reasons.some(({ code }) => code === 'REFUNDS_PAUSED'))
    for (const pause of isPaused ? await pausesOf(context) : []) this.say(warn('Warning: '), pause)
    return await this.#renderResult(context, [...results, ...unknown], stoppedBy)
  }

  async #renderResult(context: MerchantContext, all: readonly Resolved[], stoppedBy: Fault | null): Promise<Result> {
    const [{ exitOfResults }, { forMerchant }] = await Promise.all([
      import('../../usecases/resolve/resolve-many.ts'),
      import('../../usecases/merchant-context.ts'),
    ])
    const hint = stoppedBy?.hint ?? null
    return {
      data: { results: all.map(resultData) },
      warnings: stoppedBy === null ? [] : [`${stoppedBy.message}${hint === null ? '' : ` ${hint}`}`],
      exit: exitOfResults(all, stoppedBy, { sweep: this.flags.ready }),
      view: (page) => resultsPage(page, all, (command) => forMerchant(context, command)),
    }
  }

  /** The results that a real run would have, with their exit code; nothing is sent. */
  async #planned(
    proposals: readonly Proposal[],
    unknown: readonly Resolved[],
    paused: readonly string[],
  ): Promise<Result> {
    const [{ exitOfResults }, { plannedResult }] = await Promise.all([
      import('../../usecases/resolve/resolve-many.ts'),
      import('../../usecases/resolve/results.ts'),
    ])
    const results = [...proposals.map(plannedResult), ...unknown]
    return {
      data: { dryRun: true, results: results.map(resultData) },
      warnings: [...paused, ...unknown.flatMap(({ reasons }) => reasons.map(({ message }) => message))],
      exit: exitOfResults(results, null, { sweep: this.flags.ready }),
      view(page) {
        proposed(page, proposals)
        page.blank()
        page.line('Nothing was sent (--dry-run).')
      },
    }
  }

  async #plan(
    context: MerchantContext,
    request: ResolveRequest,
  ): Promise<{ proposals: Proposal[]; unknown: Resolved[] }> {
    const { proposeAll } = await import('../../usecases/resolve/propose.ts')
    const { returnIds, unknown } = this.flags.ready ? await readyIds(context) : await this.#typed(context)
    const { withHeldBack } = await import('../../usecases/resolve/held-back.ts')
    const { proposals, unread } = await proposeAll(context, returnIds, request)
    return { proposals: await withHeldBack(context, proposals, request.requested), unknown: [...unread, ...unknown] }
  }

  /**
   * Finds the typed returns. A single unknown id fails the command; among several, it is reported and the others
   * continue.
   */
  async #typed(context: MerchantContext): Promise<{ returnIds: string[]; unknown: Resolved[] }> {
    const [{ typedIds }, { findReturns }] = await Promise.all([
      import('../../cli/input/typed-ids.ts'),
      import('../../usecases/returns/find-returns.ts'),
    ])
    const { returnIds, unknown } = await findReturns(context, await typedIds(this.io, this.rest, this.signal))
    return { returnIds, unknown: unknown.map(notFound) }
  }

  /**
   * Asks for confirmation. Several refunds, a forced one, or one of only what arrived, in production need the merchant's
   * name typed, so that no other merchant's are paid (F66).
   */
  async #ask(context: MerchantContext, proposals: readonly Proposal[], acting: readonly Proposal[]): Promise<void> {
    const { name, environment } = context.merchant
    const isPartial = acting.some(({ partial }) => partial !== null)
    if (isPartial || (!this.flags.yes && this.io.canPrompt)) await this.display((page) => proposed(page, proposals))
    const refunds = acting.filter(({ decision }) => decision.action === 'refund').length
    const severe = environment === 'production' && (refunds > 1 || isPartial || acting.some(({ forced }) => forced))
    await this.confirm(question(acting, name, environment), { yes: this.flags.yes, typed: severe ? name : null })
  }
}

function notFound({ typed, code, message }: { typed: string; code: string; message: string }): Resolved {
  return { returnId: typed, action: 'none', outcome: 'skipped', reasons: [{ code, message }] }
}

/** The plan; of a refund of only what arrived, also its units. */
function proposed(page: Page, proposals: readonly Proposal[]): void {
  page.table(proposalListing(proposals))
  for (const { partial } of proposals) if (partial !== null) whatArrivedPage(page, partial)
}

/**
 * Adds `held`, so that scripts can treat everything that policy holds back the same, whichever switch or limit it is.
 */
function resultData({ partial = null, ...resolved }: Resolved) {
  const held = resolved.outcome === 'skipped' && isHeldByPolicy(resolved.reasons)
  return { ...resolved, held, partial: partial && whatArrivedData(partial) }
}

/** The pauses that would hold back these refunds (design.md, rules of money 5), shown before the confirmation. */
async function pausesInTheWay(context: MerchantContext, proposals: readonly Proposal[]): Promise<string[]> {
  return proposals.some(({ decision, refused }) => !refused && decision.action === 'refund')
    ? await pausesOf(context)
    : []
}

async function pausesOf({ journal, merchant, account }: MerchantContext): Promise<string[]> {
  const pauses = await journal.refunds.pauses()
  const names = [merchant.name, ...(await journal.refunds.namesBeside(merchant.name, account()))]
  return pauses
    .filter((pause) => pause.merchant === null || names.includes(pause.merchant))
    .map((pause) => {
      const by = pause.merchant === merchant.name ? '' : ` of ${pause.merchant}, on the same Loop account,`
      const [whose, resume] =
        pause.merchant === null ? [' of all merchants', '--all-merchants'] : [by, `-m ${pause.merchant}`]
      return `Refunds${whose} are paused, so none will go out: ${pauseText(pause)}. mhloop refunds resume ${resume}`
    })
}

async function readyIds(context: MerchantContext): Promise<{ returnIds: string[]; unknown: Resolved[] }> {
  const { readyReturns } = await import('../../usecases/resolve/ready.ts')
  return { returnIds: await readyReturns(context), unknown: [] }
}
