/**
 * What every command that works for a merchant is made of: `this.workplace()` opens both vendors and the journal, and
 * closes them when the command ends.
 */
import type { Command } from '@oclif/core'
import type { Journal } from '../journal/journal.ts'
import type { ResolvedMerchant } from '../merchants/resolve.ts'
import type { Workplace } from '../usecases/workplace.ts'
import { MhloopCommand } from './base-command.ts'
import { operator } from './operator.ts'

export abstract class WorkplaceCommand<T extends typeof Command> extends MhloopCommand<T> {
  /** Opens everything that a use case needs. `announce` names merchant and environment first (F66). */
  protected async workplace(options: { announce?: boolean; progressLabel?: string } = {}): Promise<Workplace> {
    const resolved = await this.merchant({ announce: options.announce ?? false })
    const journal = await this.journal()
    const progress = this.progress(options.progressLabel ?? 'Working')
    let done = 0
    const tell: Workplace['progress'] = (step) => {
      if (step.done < done) {
        progress.restart(step.label)
        done = 0
      }
      if (step.total !== null) progress.expect(step.total)
      progress.advance(step.done - done)
      done = step.done
    }
    return await this.workplaceOf(resolved, journal, tell)
  }

  /** The same for a merchant that was resolved already, with its own connections to the vendors. */
  protected async workplaceOf(
    resolved: ResolvedMerchant,
    journal: Journal,
    progress: Workplace['progress'] = () => {},
  ): Promise<Workplace> {
    const [{ connect }, { readCredentials }] = await Promise.all([
      import('../usecases/connections.ts'),
      import('../merchants/resolve.ts'),
    ])
    const { merchant, credentials } = resolved
    const connections = await connect(merchant, credentials, {
      onRequest: (line: string) => this.io.verbose && this.say(line),
      renew: async () => readCredentials(resolved),
      turns: journal.turns,
    })
    this.defer(() => connections.close())
    return {
      merchant,
      loop: connections.loop,
      masonhub: connections.masonhub,
      journal,
      clock: { now: () => this.io.now() },
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      actor: operator(this.io.env),
      progress,
      signal: this.signal,
    }
  }

  /** The durable memory, for commands that need nothing else. */
  protected async journal(): Promise<Journal> {
    const [{ openJournal }, { dataFolder }] = await Promise.all([
      import('../journal/open-journal.ts'),
      import('../journal/data-folder.ts'),
    ])
    const journal = await openJournal(this.io.env.MHLOOP_JOURNAL, { dataDir: dataFolder(this.io.env) })
    this.defer(() => journal.close())
    return journal
  }
}
