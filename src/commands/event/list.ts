import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { eventFilter, eventFlags, stateFlag } from '../../cli/input/event-flags.ts'
import { formatFlag, limitFlag, newestOnly } from '../../cli/input/flags.ts'
import { chosenMerchant, merchantOrAllFlags } from '../../cli/merchants/merchant-choice.ts'
import { eventData, eventListing } from '../../cli/views/events.ts'
import { isNarrow } from '../../cli/views/listings.ts'

export default class EventList extends MerchantCommand<typeof EventList> {
  static override summary = 'Messages received from Loop and MasonHub, newest first'
  static override description =
    `Reads the journal, contacts no vendor, writes nothing. A message only makes mhloop read its return, so "done" means that its return has been read since. "quarantined" waits for a person: the message could not be read, or processing it failed repeatedly.

Exit codes: 0, 2 wrong usage, 5 no such merchant or return.`
  static override examples = [
    '<%= config.bin %> event list --state quarantined',
    '<%= config.bin %> event list --return 99904598 --since 7d',
    '<%= config.bin %> event list --all-merchants --source masonhub --limit 1000 --format csv > events.csv',
  ]
  static override flags = {
    ...merchantOrAllFlags,
    ...stateFlag,
    ...eventFlags,
    ...limitFlag('messages'),
    ...formatFlag,
  }

  async perform(): Promise<Result> {
    const { limit } = this.flags
    const merchant = await chosenMerchant(this.io, this.flags)
    if (merchant !== null) this.about(merchant)
    const journal = await this.journal()
    const filter = await eventFilter(this.flags, { journal, merchant, now: this.io.now() })
    const found = await journal.events.find({ ...filter, newestFirst: true, limit: limit + 1 })
    const events = found.slice(0, limit)
    const more = found.length > limit
    const empty =
      'No such message was received. To see what is registered at the vendors: mhloop merchant connect --dry-run --url https://…'
    return {
      data: { events: events.map(eventData), more },
      warnings: more ? [newestOnly(limit)] : [],
      listing: eventListing(events, { empty, narrow: isNarrow(this.io, this.flags.format) }),
    }
  }
}
