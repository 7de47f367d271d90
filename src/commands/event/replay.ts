import * as Args from '@oclif/core/args'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { operator } from '../../cli/command/operator.ts'
import { usageFault } from '../../cli/errors/command-faults.ts'
import { eventFilter, eventFlags, isFiltered, stateFlag } from '../../cli/input/event-flags.ts'
import { dryRunFlag, yesFlag } from '../../cli/input/flags.ts'
import { typedIds } from '../../cli/input/typed-ids.ts'
import { chosenMerchant, isMerchantTyped, merchantOrAllFlags } from '../../cli/merchants/merchant-choice.ts'
import { good, strong } from '../../cli/output/styled.ts'
import { exitCodes } from '../../core/errors/fault.ts'
import type { Journal, JournalEvent } from '../../journal/journal.ts'
import type { ReplayPlan } from '../../usecases/events.ts'

export default class EventReplay extends MerchantCommand<typeof EventReplay> {
  static override summary = 'Process messages again, as if they had just arrived'
  static override description =
    `Takes event ids, or a filter (--state, --return, --source, --since, --until), says how many there are, and after a confirmation queues them again in the journal. A running \`serve\` then reads their returns. This is safe to repeat, because mhloop never trusts what a message says, and never refunds a return twice. Messages that are still queued and those that name no return are left out.

Exit codes: 0, 2 wrong usage, 3 some name no return, 5 no such message, 9 not confirmed.`
  static override examples = [
    '<%= config.bin %> event replay 3f9a1c22d0b84e17',
    '<%= config.bin %> event replay --state quarantined --since 1d --yes',
    '<%= config.bin %> event replay --return 99904598 --dry-run',
    '<%= config.bin %> event list --format ndjson | jq -r .eventId | <%= config.bin %> event replay - --yes',
  ]
  static override strict = false
  static override args = { id: Args.string({ description: 'Event ids; - reads them from stdin' }) }
  static override flags = { ...merchantOrAllFlags, ...stateFlag, ...eventFlags, ...dryRunFlag, ...yesFlag }

  async perform(): Promise<Result> {
    const filtered = isFiltered(this.flags)
    if (this.rest.length > 0 && filtered) {
      throw usageFault('Give event ids or a filter, not both.', 'mhloop event replay --help')
    }
    if (this.rest.length === 0 && !filtered) {
      throw usageFault(
        'Choose the messages: give event ids, or --state, --return, --source, --since or --until.',
        'mhloop event list --state quarantined',
        'MISSING_INPUT',
      )
    }
    const eventIds = await typedIds(this.io, this.rest, this.signal)
    const journal = await this.journal()
    const { replayEvents } = await import('../../usecases/events.ts')
    const plan = await this.#plan(journal, eventIds)
    const dryRun = this.flags['dry-run']
    if (dryRun || plan.events.length === 0) return renderResult(plan, { dryRun, replayed: 0 })
    const { many, kinds } = counted(plan.events)
    await this.confirm(`Process ${many} again (${kinds})?`, { yes: this.flags.yes })
    const by = { at: this.io.now().toISOString(), actor: operator(this.io.env) }
    return renderResult(plan, { dryRun, replayed: await replayEvents(journal, plan.events, by) })
  }

  /** Plans the replay: event ids may belong to any merchant, unless -m is given; a filter applies to the chosen one. */
  async #plan(journal: Journal, eventIds: readonly string[]): Promise<ReplayPlan> {
    const { planReplay } = await import('../../usecases/events.ts')
    if (eventIds.length > 0) {
      const of = isMerchantTyped(this.argv) ? await chosenMerchant(this.io, this.flags) : null
      return await planReplay(journal, { eventIds, of })
    }
    const merchant = await chosenMerchant(this.io, this.flags)
    if (merchant !== null) this.about(merchant)
    const filter = await eventFilter(this.flags, { journal, merchant, now: this.io.now() })
    return await planReplay(journal, { filter })
  }
}

/** `7 messages` and `5 return.created, 2 received`. */
function counted(events: readonly JournalEvent[]): { many: string; kinds: string } {
  const counts = new Map<string, number>()
  for (const { topic } of events) counts.set(topic ?? 'unread', (counts.get(topic ?? 'unread') ?? 0) + 1)
  return {
    many: events.length === 1 ? '1 message' : `${events.length} messages`,
    kinds: [...counts].map(([topic, count]) => `${count} ${topic}`).join(', '),
  }
}

function renderResult(plan: ReplayPlan, { dryRun, replayed }: { dryRun: boolean; replayed: number }): Result {
  const { events, skipped } = plan
  const unread = skipped.filter(({ reason }) => reason === 'NO_RETURN').length
  const { many, kinds } = counted(events)
  return {
    data: {
      dryRun,
      matched: events.length + skipped.length,
      replayed,
      eventIds: events.map(({ eventId }) => eventId),
      skipped,
    },
    warnings:
      unread > 0
        ? [`${unread} of them name no return, so there is nothing to process: mhloop event show ID --body`]
        : [],
    ...(unread > 0 ? { exit: exitCodes.findings } : {}),
    view(page) {
      if (events.length === 0) page.line('Nothing to process again.')
      else if (dryRun) page.line('To be queued again: ', strong(many), ` (${kinds}). Nothing was changed (--dry-run).`)
      else page.line(good('Queued again'), ': ', strong(many), ` (${kinds}). A running serve processes them.`)
    },
  }
}
