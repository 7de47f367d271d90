import * as Args from '@oclif/core/args'
import { MhloopCommand, type Result } from '../cli/command/base-command.ts'
import { usageFault } from '../cli/errors/command-faults.ts'
import { formatFlag } from '../cli/input/flags.ts'
import { didYouMean } from '../core/text/closest.ts'
import { printable } from '../core/text/printable.ts'

export default class Explain extends MhloopCommand<typeof Explain> {
  static override summary = 'What a code means, whose fault it is, and what to do next'
  static override description =
    `Takes the code of an error (LOOP_UNAUTHORIZED), of a reason or a finding in a result (CLAIMED_ELSEWHERE, RMA_MISSING), of a check of doctor (loop.scopes), or an exit code (8); in any case. Without CODE, lists all codes by topic. The same is in docs/errors.md.

Reads nothing, writes nothing. Exit codes: 0 done, 2 no such code.`
  static override examples = [
    '<%= config.bin %> explain LOOP_UNAUTHORIZED',
    '<%= config.bin %> explain 8',
    '<%= config.bin %> explain',
    '<%= config.bin %> explain --format csv > codes.csv',
  ]
  static override args = { code: Args.string({ description: 'Which one; default: all' }) }
  static override flags = { ...formatFlag }

  async perform(): Promise<Result> {
    const [{ explain, topics }, { codeListing, codePage, topicPage }] = await Promise.all([
      import('../core/explain/topics.ts'),
      import('../cli/views/codes.ts'),
    ])
    const { code } = this.args
    const all = topics.flatMap(({ entries }) => entries)
    if (code === undefined) {
      const data = { codes: all }
      const isForUsers = this.flags.format === 'table' && this.io.stdout.isTTY
      const { width } = this.io
      return isForUsers ? { data, view: (page) => topicPage(page, topics, width) } : { data, listing: codeListing(all) }
    }
    const found = explain(code)
    if (found.length === 0) {
      const known = all.map((entry) => entry.code)
      throw usageFault(
        `mhloop has no code "${printable(code, 60)}".${didYouMean(code, known)}`,
        "All codes: mhloop explain. One that is not among them is a vendor's own.",
        'CODE_UNKNOWN',
      )
    }
    const data = { codes: found }
    return this.flags.format === 'table'
      ? { data, view: (page) => codePage(page, found) }
      : { data, listing: codeListing(found) }
  }
}
