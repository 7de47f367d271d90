import * as Flags from '@oclif/core/flags'
import { MhloopCommand, type Result } from '../../cli/command/base-command.ts'
import { sandboxUrlFlag } from '../../cli/input/sandbox-flags.ts'

export default class SandboxSeed extends MhloopCommand<typeof SandboxSeed> {
  static override summary = 'File returns in the sandbox, as shoppers would'
  static override description =
    `Fills a running sandbox with returns: first one of every kind (several parcels, no label yet, empty SKU, exchange, cancelled, …), then plain ones up to --count. Shows how each should end. Writes to the sandbox only.

Exit codes: 0 done, 7 no sandbox answers.`
  static override examples = ['<%= config.bin %> sandbox seed', '<%= config.bin %> sandbox seed --count 1000 --seed 7']
  static override flags = {
    ...sandboxUrlFlag,
    count: Flags.integer({ description: 'How many returns; default: one of every kind', min: 1 }),
    seed: Flags.integer({ description: 'Random seed for the plain ones', min: 0 }),
  }

  async perform(): Promise<Result> {
    const { createControlClient } = await import('../../sandbox/control/control-client.ts')
    const { url, count, seed } = this.flags
    const options = { ...(count === undefined ? {} : { count }), ...(seed === undefined ? {} : { seed }) }
    const added = await createControlClient(url).seed(options)
    return {
      data: added,
      view(page) {
        if (added.stories.length > 0) {
          page.rows(added.stories, [
            { key: 'returnId', title: 'Return', value: ({ returnId }) => returnId },
            { key: 'expected', title: 'Should end as', value: ({ expected }) => expected },
            { key: 'about', title: 'Story', value: ({ about }) => about },
          ])
          page.blank()
        }
        const ends = Object.entries(added.byExpectedEnd).map(([end, returns]) => `${returns} ${end}`)
        page.line(`${added.added} returns filed. They should end as: ${ends.join(', ')}.`)
      },
    }
  }
}
