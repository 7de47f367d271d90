import * as Flags from '@oclif/core/flags'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { repeatEvery, type StreamFormat, streamFormats, streamTo } from '../../cli/command/watch.ts'
import { usageFault } from '../../cli/errors/command-faults.ts'
import { eventFilter, eventFlags, stateFlag } from '../../cli/input/event-flags.ts'
import { chosenMerchant, merchantOrAllFlags } from '../../cli/merchants/merchant-choice.ts'
import { eventData, eventLine } from '../../cli/views/events.ts'
import { exitCodes } from '../../core/errors/fault.ts'

/** Milliseconds between two reads of the journal. */
const every = 1_000

const { until: _, ...tailFlags } = eventFlags

export default class EventTail extends MerchantCommand<typeof EventTail> {
  static override summary = 'Follow the messages as they arrive, until Ctrl-C'
  static override description =
    `Reads the journal once a second and prints each new message, whichever process stored it: one line on a terminal, one JSON record per line in a pipe. --since starts with earlier messages. Writes nothing; ends at Ctrl-C, or when the reader of the pipe ends.

Exit codes: 0 ended, 2 wrong usage, 5 no such merchant or return.`
  static override examples = [
    '<%= config.bin %> event tail',
    '<%= config.bin %> event tail --all-merchants --since 10m',
    '<%= config.bin %> event tail --format ndjson | jq \'select(.state == "quarantined")\'',
  ]
  static override flags = {
    ...merchantOrAllFlags,
    ...stateFlag,
    ...tailFlags,
    format: Flags.string({
      description: 'Text, or one JSON record per line; default: text on a terminal, ndjson in a pipe',
      options: [...streamFormats],
    }),
  }

  async perform(): Promise<Result> {
    if (this.io.json) {
      throw usageFault('--json prints one document, but tail never ends.', 'mhloop event tail --format ndjson')
    }
    const merchant = await chosenMerchant(this.io, this.flags)
    const journal = await this.journal()
    const now = this.io.now()
    const { since = now.toISOString(), ...filter } = await eventFilter(this.flags, { journal, merchant, now })
    const { eventsSince } = await import('../../usecases/events.ts')
    const next = eventsSince(journal, filter, since)
    const format = this.flags.format ?? (this.io.stdout.isTTY ? 'text' : 'ndjson')
    const emit = streamTo(this.io, format as StreamFormat)
    const ended = new AbortController()
    const signal = AbortSignal.any([this.signal, ended.signal])
    await repeatEvery({ milliseconds: every, signal, now: () => this.io.now() }, async () => {
      for (const event of await next()) emit(eventData(event), eventLine(event))
      if (this.io.stdout.gone) ended.abort()
    })
    return { data: null, exit: exitCodes.done }
  }
}
