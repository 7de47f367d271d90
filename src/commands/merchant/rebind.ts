import * as Args from '@oclif/core/args'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { operator } from '../../cli/command/operator.ts'
import { usageFault } from '../../cli/errors/command-faults.ts'
import { yesFlag } from '../../cli/input/flags.ts'
import { good, strong } from '../../cli/output/styled.ts'
import { refundKinds } from '../../core/refunds/refund-kinds.ts'
import type { BoundJournal } from '../../merchants/profiles/binding.ts'
import { environmentMerchant } from '../../merchants/profiles/profile.ts'
import { findMerchant } from '../../merchants/profiles/resolve-merchant.ts'

type Rebound = {
  name: string
  before: BoundJournal | null
  after: { id: string; place: string }
  /** Numbers of this merchant's returns and sent refunds in the new journal. */
  knows: { returns: number; refunds: number }
  changed: boolean
}

export default class MerchantRebind extends MerchantCommand<typeof MerchantRebind> {
  static override summary = 'Bind a merchant to another journal'
  static override description =
    `A merchant is bound to the journal of its first work, because that journal knows which refunds were sent. With another journal, every command that sends something ends with code 6 (JOURNAL_OTHER). If the old journal is lost for good, this command binds the merchant to the current one: the default journal, or the one that --journal or MHLOOP_JOURNAL names. Try journal restore with a backup first: a restored journal, or one moved by journal migrate, counts as the same journal and needs no rebinding.

Shows both journals and what the new one knows, and asks you to type the merchant's name. Refunds then wait in quarantine until 15 minutes have passed and every return that could be refunded has been read on both sides; serve does that automatically, refunds resume on demand. First stop every mhloop that still uses the old journal: two of them may refund a return twice.

Exit codes: 0 bound now or before, 2 wrong usage, 5 no such merchant, 9 not confirmed.`
  static override examples = [
    '<%= config.bin %> merchant rebind acme',
    'MHLOOP_JOURNAL=sqlite:/srv/mhloop/journal.db <%= config.bin %> merchant rebind acme',
  ]
  static override args = { name: Args.string({ description: 'Which one', required: true }) }
  static override flags = { ...yesFlag }

  async perform(): Promise<Result<Rebound>> {
    const { name } = this.args
    if (name === environmentMerchant) {
      throw usageFault(
        'The merchant "env" has no profile, so it can\'t be bound to a journal.',
        'mhloop help environment',
      )
    }
    const { journal: before } = await findMerchant({ env: this.io.env, name })
    this.about(name)
    const journal = await this.journal()
    const after = { id: await journal.installationId(), place: journal.location }
    const knows = { returns: (await journal.links.find(name)).length, refunds: 0 }
    for await (const page of journal.effects.outline({ merchant: name, kinds: refundKinds, states: sentStates })) {
      knows.refunds += page.length
    }
    const output = { name, before, after, knows }
    if (before?.id === after.id) {
      const view: Result['view'] = (page) =>
        page.line(strong(name), ` is already bound to this journal: ${after.place}`)
      return { data: { ...output, changed: false }, view }
    }
    const { journalName, rebindJournal } = await import('../../merchants/profiles/binding.ts')
    await this.display((page) =>
      page.fields([
        ['Merchant', strong(name)],
        ['Bound to', before === null ? 'no journal yet' : journalName(before)],
        ['New journal', journalName(after)],
        ['The new one knows', `${knows.returns} of its returns, ${knows.refunds} refunds that were sent`],
      ]),
    )
    await this.confirm(`Bind ${name} to this journal? A refund that only the old one knows may be paid again.`, {
      yes: this.flags.yes,
      typed: name,
    })
    const now = this.io.now()
    // The quarantine comes first: if the run stops in between, no refund goes out.
    const reason = `bound to this journal instead of ${before === null ? 'none' : journalName(before)}`
    await journal.refunds.quarantine(name, reason, operator(this.io.env), now.toISOString())
    await rebindJournal(this.io.env, name, after, now)
    const names = { before: before === null ? null : journalName(before), after: journalName(after) }
    await this.recordDone(journal, { merchant: name, what: 'rebound', differences: [{ key: 'journal', ...names }] })
    return {
      data: { ...output, changed: true },
      view(page) {
        page.line(good('Bound'), ': ', strong(name), ` is now bound to ${journalName(after)}.`)
        page.line('Its refunds wait until every return that could be refunded has been read, for 15 minutes at least:')
        page.line(`  mhloop refunds resume -m ${name}`)
      },
    }
  }
}

const sentStates = ['sent', 'accepted', 'in_doubt', 'confirmed', 'refused', 'parked'] as const
