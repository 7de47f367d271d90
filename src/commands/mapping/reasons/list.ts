import * as Flags from '@oclif/core/flags'
import { MhloopCommand, type Result } from '../../../cli/command/base-command.ts'
import { usageFault } from '../../../cli/errors/command-faults.ts'
import { formatFlag, merchantFlag } from '../../../cli/input/flags.ts'
import { closedWindow, windowFlags, windowOf } from '../../../cli/input/time-window.ts'
import { countedText, reasonListing, unmappedListing } from '../../../cli/views/merchants/reasons.ts'
import { span } from '../../../cli/views/times.ts'
import { exitCodes } from '../../../core/errors/fault.ts'
import { coverReasons, unmappedOf } from '../../../core/reasons/reason-coverage.ts'
import { merchantWithReasons } from '../../../usecases/reasons/change-reasons.ts'
import { reasonDays, seenReasonsOf } from '../../../usecases/reasons/seen-reasons.ts'

export default class MappingReasonsList extends MhloopCommand<typeof MappingReasonsList> {
  static override summary = "The merchant's mapping of Loop reasons to MasonHub codes"
  static override description =
    `Reads the profile, writes nothing. A rule for a reason under its parent takes precedence over one for the reason alone; case and spacing don't matter. Every reason that is not in the list is sent as "other", and mapping audit reports it.

--unmapped reads the returns of the period from Loop (default: 120 days) and lists the reasons that occur in them without a rule, with their counts.

Exit codes: 0, 2 no merchant selected, 3 --unmapped found some, 4 credentials, 5 no such merchant, 7 Loop is down, 130 interrupted.`
  static override examples = [
    '<%= config.bin %> mapping reasons list',
    '<%= config.bin %> mapping reasons list --merchant acme --json',
    '<%= config.bin %> mapping reasons list --unmapped --since 30d',
  ]
  static override flags = {
    ...merchantFlag,
    unmapped: Flags.boolean({ description: "Only reasons that occur in Loop's returns and have no rule" }),
    ...windowFlags,
    ...formatFlag,
  }

  async perform(): Promise<Result> {
    const { unmapped, since, until } = this.flags
    if (unmapped) return this.#unmapped()
    if (since !== undefined || until !== undefined) {
      throw usageFault('--since and --until need --unmapped.', 'mhloop mapping reasons list --help')
    }
    const { name, policy } = await merchantWithReasons(this.io.env, this.flags.merchant)
    this.about(name)
    const empty = `No reason is mapped: all are sent as "other". To propose a mapping: mhloop mapping reasons suggest -m ${name}`
    return { data: { reasons: policy.reasons, fallback: 'other' }, listing: reasonListing(policy.reasons, empty) }
  }

  async #unmapped(): Promise<Result> {
    const { since, until } = this.flags
    const window = closedWindow(windowOf({ since, until }, this.io.now()), this.io.now(), reasonDays)
    const resolved = await this.merchant()
    const progress = this.progress('Reading returns')
    const seen = await seenReasonsOf(resolved, {
      window,
      signal: this.signal,
      onRead: (returns) => progress.advance(returns),
      ...this.requestOptions,
    })
    const { reasons } = resolved.merchant.policy
    const found = unmappedOf(coverReasons(reasons, seen.reasons))
    const unmapped = found.map(({ parentReason, reason, units, returns }) => ({ parentReason, reason, units, returns }))
    return {
      data: { reasons, fallback: 'other', window, unmapped, unreadable: seen.unreadable },
      warnings: seen.unreadable.map(({ message }) => message),
      ...(unmapped.length > 0 ? { exit: exitCodes.findings } : {}),
      listing: unmappedListing(unmapped, `Every reason is mapped: ${countedText(seen)}, created ${span(window)}.`),
    }
  }
}
