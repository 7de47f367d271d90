import * as Flags from '@oclif/core/flags'
import { MhloopCommand, type Result } from '../../cli/command/base-command.ts'
import { sandboxUrlFlag } from '../../cli/input/sandbox-flags.ts'
import type { Page } from '../../cli/output/page.ts'
import { bad, dim, good, type Parts } from '../../cli/output/styled.ts'
import { exitCodes } from '../../core/errors/fault.ts'
import type { SandboxStatus } from '../../sandbox/control/control-client.ts'

export default class SandboxStatusCommand extends MhloopCommand<typeof SandboxStatusCommand> {
  static override summary = 'What really happened in the sandbox'
  static override description =
    `Shows the sandbox's ground truth: refunds paid, flags, RMAs and labels bought, whatever the simulated vendors reported. --faults lists every fault that can be set; the ids in it are explained in docs/failures.md (F12, G1) and docs/vendors (loop.md, masonhub.md). Reads only.

Exit codes: 0 shown, 3 a return was paid twice or a label was bought, 7 no sandbox answers.`
  static override examples = ['<%= config.bin %> sandbox status', '<%= config.bin %> sandbox status --faults --json']
  static override flags = {
    ...sandboxUrlFlag,
    faults: Flags.boolean({ description: 'List every fault that can be set' }),
  }

  async perform(): Promise<Result> {
    const { createControlClient } = await import('../../sandbox/control/control-client.ts')
    const client = createControlClient(this.flags.url)
    const { settings, ...status } = await client.status()
    const faults = this.flags.faults ? await client.faults() : status.changedFaults
    const all = this.flags.faults
    const wrong = status.truth.paidMoreThanOnce.length > 0 || status.truth.labelsBought > 0
    return {
      data: { ...status, seed: settings.seed, clock: settings.clock },
      exit: wrong ? exitCodes.findings : exitCodes.done,
      view(page) {
        showGroundTruth(page, status)
        if (faults.length === 0) return
        page.heading(all ? 'Faults' : 'Faults set')
        page.rows(faults, [
          { key: 'name', title: 'Fault', value: ({ name }) => name },
          { key: 'value', title: 'Now', align: 'right', value: ({ value }) => value },
          { key: 'initial', title: 'Initially', align: 'right', value: ({ initial }) => dim(initial) },
          { key: 'about', title: 'What it does', value: ({ about }) => about },
        ])
      },
    }
  }
}

function counts(record: Record<string, number>): string {
  const parts = Object.entries(record).map(([word, count]) => `${count} ${word}`)
  return parts.length === 0 ? 'none' : parts.join(', ')
}

function showGroundTruth(
  page: Page,
  { url, loop, masonhub, truth, requests, deliveries }: Omit<SandboxStatus, 'settings'>,
): void {
  const twice: Parts =
    truth.paidMoreThanOnce.length === 0
      ? good('none')
      : bad(truth.paidMoreThanOnce.map(({ returnId, times }) => `${returnId} (${times} times)`).join(', '))
  page.fields([
    ['Sandbox', url],
    ['Returns', `${loop.returns}: ${counts(loop.byState)}`],
    ['RMAs', `${masonhub.rmas}: ${counts(masonhub.byStatus)}`],
    ['Refunds paid', truth.refundsPaid],
    ['Paid twice', twice],
    ['Flags', truth.flags],
    ['Notes', truth.notes],
    ['Labels bought', truth.labelsBought === 0 ? good('none') : bad(truth.labelsBought)],
    ['Messages', counts(deliveries)],
    ['Requests', `${requests.loop} to Loop, ${requests.masonhub} to MasonHub`],
  ])
}
