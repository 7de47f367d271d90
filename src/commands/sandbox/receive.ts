import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { MhloopCommand, type Result } from '../../cli/command/base-command.ts'
import { usageFault } from '../../cli/errors/command-faults.ts'
import { sandboxUrlFlag } from '../../cli/input/sandbox-flags.ts'

const events = [
  'receiveFull',
  'receivePartial',
  'receiveUnexpected',
  'receiveDamaged',
  'receivingStarted',
  'tendered',
  'inTransit',
  'delivered',
  'undeliverable',
]

export default class SandboxReceive extends MhloopCommand<typeof SandboxReceive> {
  static override summary = 'Let the sandbox warehouse receive parcels'
  static override description =
    `Receives one parcel (by its plan, or as --event says), or with --all every seeded parcel whose RMA exists. Writes to the sandbox only.

Exit codes: 0 done, 2 wrong usage, 7 no sandbox answers.`
  static override examples = [
    '<%= config.bin %> sandbox receive --all',
    '<%= config.bin %> sandbox receive 99904598 --event receivePartial',
  ]
  static override args = { id: Args.string({ description: 'Return id' }) }
  static override flags = {
    ...sandboxUrlFlag,
    all: Flags.boolean({ description: 'Every seeded parcel, each according to its plan' }),
    event: Flags.string({
      description: 'What the warehouse finds or the carrier reports',
      options: events,
      exclusive: ['all'],
    }),
  }

  async perform(): Promise<Result> {
    const { url, all, event } = this.flags
    const { id } = this.args
    if (all === (id !== undefined)) {
      throw usageFault(
        'Give one return id, or --all.',
        'mhloop sandbox receive 99904598, or mhloop sandbox receive --all',
      )
    }
    const { createControlClient } = await import('../../sandbox/control/control-client.ts')
    const what = all ? { all: true } : { returnId: id ?? '', ...(event === undefined ? {} : { event }) }
    const answer = await createControlClient(url).receive(what)
    return {
      data: answer,
      view(page) {
        page.rows(
          answer.received,
          [
            { key: 'returnId', title: 'Return', value: ({ returnId }) => returnId },
            { key: 'what', title: 'Found', value: ({ what: found }) => found },
          ],
          'No parcel was received.',
        )
        for (const { returnId, reason } of answer.skipped) page.line(`${returnId} not received: ${reason}`)
      },
    }
  }
}
