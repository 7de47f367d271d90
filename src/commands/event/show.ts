import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { eventData, eventPage } from '../../cli/views/events.ts'
import { entryData } from '../../cli/views/returns/history-page.ts'

export default class EventShow extends MerchantCommand<typeof EventShow> {
  static override summary = 'One message and what happened since'
  static override description =
    `Reads the journal: the message's fields, and what was seen, decided and sent for its return since it arrived. The body is kept only for unreadable messages, for a limited time, and may contain a shopper's data; --body prints it, made safe for a terminal.

Exit codes: 0, 2 wrong usage, 5 no such message.`
  static override examples = [
    '<%= config.bin %> event show 3f9a1c22d0b84e17',
    '<%= config.bin %> event show 3f9a1c22d0b84e17 --body',
    '<%= config.bin %> event show 3f9a1c22d0b84e17 --json',
  ]
  static override args = { id: Args.string({ required: true, description: 'Event id, as `event list` shows it' }) }
  static override flags = {
    body: Flags.boolean({ description: 'Also print its body, if it is kept' }),
  }

  async perform(): Promise<Result> {
    const journal = await this.journal()
    const { eventStory } = await import('../../usecases/events.ts')
    const { event, since } = await eventStory(journal, this.args.id)
    this.about(event.merchant)
    const body = this.flags.body && event.body !== '' ? event.body : null
    return {
      data: {
        ...eventData(event),
        digest: event.digest,
        hasBody: event.body !== '',
        body,
        since: since.map(entryData),
      },
      warnings: this.flags.body && body === null ? ['Its body is not kept.'] : [],
      view: (page) => eventPage(page, { event, since, body }),
    }
  }
}
