import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type { Result } from '../../../cli/command/base-command.ts'
import { MerchantCommand } from '../../../cli/command/merchant-command.ts'
import { missingFault, usageFault } from '../../../cli/errors/command-faults.ts'
import { merchantFlag } from '../../../cli/input/flags.ts'
import { storeReasons } from '../../../cli/merchants/reason-record.ts'
import { changeLine } from '../../../cli/views/merchants/reasons.ts'
import type { ReasonRule } from '../../../core/merchants/policy.ts'
import { readReasonCode, splitReason, wrongCode } from '../../../core/reasons/reason-table.ts'
import { reasonCodes } from '../../../core/rmas/rma.ts'
import {
  changedRule,
  changeReasons,
  removedRule,
  storedMerchant,
  withRuleChange,
} from '../../../usecases/reasons/change-reasons.ts'

const help = 'mhloop mapping reasons set --help'

export default class MappingReasonsSet extends MerchantCommand<typeof MappingReasonsSet> {
  static override summary = 'Map one Loop reason to a MasonHub code, or remove it'
  static override description =
    `Writes the profile, and records in the journal who changed what (merchant history). RMAs that MasonHub already has are updated by the next asn sync that reads their returns, as long as they are open.

CODE is one of ${reasonCodes.join(', ')}. Write a reason under a parent as "Parent › Reason", or use --parent.

Exit codes: 0, 2 wrong code or no merchant selected, 5 no such merchant, or no such reason to remove.`
  static override examples = [
    '<%= config.bin %> mapping reasons set "Too small" tooSmall',
    '<%= config.bin %> mapping reasons set "Quality › Seam came apart" damaged --merchant acme',
    '<%= config.bin %> mapping reasons set "Arms" tooSmall --parent "Too small"',
    '<%= config.bin %> mapping reasons set "Too small" --remove',
  ]
  static override args = {
    reason: Args.string({ required: true, description: "Loop's reason, as the shopper sees it" }),
    code: Args.string({ description: "MasonHub's code" }),
  }
  static override flags = {
    ...merchantFlag,
    parent: Flags.string({ description: "Loop's parent reason", helpValue: 'REASON' }),
    remove: Flags.boolean({ description: 'Remove the reason from the mapping' }),
  }

  async perform(): Promise<Result> {
    const requested = this.#rule()
    const code = this.#code()
    const found = await storedMerchant(this.io.env, this.flags.merchant)
    const { name, policy } = found.merchant
    this.about(name)
    const change =
      code === null ? removedRule(name, policy.reasons, requested) : changedRule(policy.reasons, { ...requested, code })
    const store = async () => {
      if (change === null) return []
      await changeReasons(this.io.env, name, this.io.now(), (stored) => withRuleChange(stored, change))
      return [change]
    }
    const changes = change === null ? [] : [change]
    this.warnings.push(...(await storeReasons({ io: this.io, open: () => this.journal(), found, changes }, store)))
    return {
      data: { change },
      view: (page) =>
        change === null
          ? page.line('Nothing to change: it is already mapped this way.')
          : page.paragraph(changeLine(change)),
    }
  }

  #rule(): Pick<ReasonRule, 'parentReason' | 'reason'> {
    const { parent } = this.flags
    const requested =
      parent === undefined
        ? splitReason(this.args.reason)
        : { parentReason: parent.trim(), reason: this.args.reason.trim() }
    if (requested.reason !== '' && requested.parentReason !== '') return requested
    throw usageFault("Loop's reason is empty.", help)
  }

  /** The code to map to; null with --remove. */
  #code(): ReasonRule['code'] | null {
    const { code } = this.args
    if (this.flags.remove) {
      if (code === undefined) return null
      throw usageFault('Leave out CODE with --remove: it removes the reason, whatever its code.', help)
    }
    if (code === undefined) throw missingFault([`CODE (${reasonCodes.join(', ')}), or --remove`], help)
    const known = readReasonCode(code)
    if (known === undefined) throw usageFault(wrongCode(code), help, 'REASON_CODE_UNKNOWN')
    return known
  }
}
