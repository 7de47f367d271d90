/**
 * The base of every command that works for a merchant: `this.context()` opens both vendors and the journal, and closes
 * them when the command ends.
 */
import type { Command } from '@oclif/core'
import { shellWord } from '../../core/text/shell-word.ts'
import type { Journal } from '../../journal/journal.ts'
import type { JournalAtHand } from '../../merchants/profiles/binding.ts'
import type { FoundMerchant, ResolvedMerchant } from '../../merchants/profiles/resolve-merchant.ts'
import type { MerchantContext } from '../../usecases/merchant-context.ts'
import { usageFault } from '../errors/command-faults.ts'
import { journalFlag, sharedFlags } from '../input/flags.ts'
import type { Done } from '../merchants/change-record.ts'
import { MhloopCommand } from './base-command.ts'
import { operator } from './operator.ts'

/**
 * How a command uses a merchant's journal: to send, to plan, only to read, or only for the rate-limit permits of the
 * vendors.
 */
export type JournalUse = 'write' | 'plan' | 'read' | 'vendors only'

export abstract class MerchantCommand<T extends typeof Command> extends MhloopCommand<T> {
  static override baseFlags = { ...sharedFlags, ...journalFlag }

  /**
   * Opens everything that a use case needs. `announce` prints merchant and environment first (F66); `use` decides what
   * happens when the journal is not the merchant's.
   */
  protected async context(
    options: { announce?: boolean; progressLabel?: string; use?: JournalUse } = {},
  ): Promise<MerchantContext> {
    const resolved = await this.merchant({ announce: options.announce ?? false })
    const journal = await this.journal()
    const progress = this.progress(options.progressLabel ?? 'Working')
    let done = 0
    const onProgress: MerchantContext['progress'] = (step) => {
      if (step.done < done) {
        progress.restart(step.label)
        done = 0
      }
      if (step.total !== null) progress.expect(step.total)
      progress.advance(step.done - done)
      done = step.done
    }
    return await this.contextOf(resolved, journal, onProgress, options.use)
  }

  /** As `context`, for a merchant that was already resolved, with its own connections to the vendors. */
  protected async contextOf(
    resolved: ResolvedMerchant,
    journal: Journal,
    progress: MerchantContext['progress'] = () => {},
    use: JournalUse = 'write',
  ): Promise<MerchantContext> {
    const { context, close } = await this.connected(resolved, journal, { progress, use })
    this.defer(close)
    return context
  }

  /** As `contextOf`, closed by the caller. Once `stopping` aborts, nothing is sent or waited for, reads included. */
  protected async connected(
    resolved: ResolvedMerchant,
    journal: Journal,
    {
      progress = () => {},
      use = 'write',
      stopping,
    }: { progress?: MerchantContext['progress']; use?: JournalUse; stopping?: AbortSignal },
  ): Promise<{ context: MerchantContext; writing(): string[]; close(): void }> {
    await this.assertJournal(resolved, journal, use)
    const [{ createVendorClients }, { readCredentials }] = await Promise.all([
      import('../../usecases/vendors/vendor-clients.ts'),
      import('../../merchants/profiles/resolve-merchant.ts'),
    ])
    const { merchant, credentials, stored } = resolved
    const { loop, masonhub, account, writing, close } = await createVendorClients(merchant, credentials, {
      ...this.requestOptions,
      renew: async () => readCredentials(resolved),
      permits: journal.permits,
      ...(stopping === undefined ? {} : { stopping }),
    })
    // The account is recorded when a merchant first works: a pause of one name then also applies to the account's other
    // names (G10).
    if (use === 'write') await journal.refunds.joinAccount(merchant.name, account(), this.io.now().toISOString())
    const context: MerchantContext = {
      merchant,
      stored,
      loop,
      masonhub,
      account,
      journal,
      clock: { now: () => this.io.now() },
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      actor: operator(this.io.env),
      progress,
      signal: stopping ?? this.signal,
    }
    return { context, writing, close }
  }

  /**
   * A merchant works with the journal that first worked for it: with another journal, a command that writes or plans is
   * refused (exit 6), and one that only reads warns. The merchant `env` has no profile and so no bound journal.
   */
  protected async assertJournal(
    found: FoundMerchant & Partial<Pick<ResolvedMerchant, 'credentials'>>,
    journal: Journal,
    use: JournalUse,
  ): Promise<void> {
    if (use === 'vendors only') return
    const [{ environmentMerchant }, { bindJournal, isOtherJournal, otherJournal }] = await Promise.all([
      import('../../merchants/profiles/profile.ts'),
      import('../../merchants/profiles/binding.ts'),
    ])
    const { merchant, journal: bound } = found
    const { name } = merchant
    if (name === environmentMerchant) return
    const atHand = { id: await journal.installationId(), place: journal.location }
    if (bound === null && use !== 'read') await this.#assertAccount(found, atHand)
    const now = bound ?? (use === 'write' ? await bindJournal(this.io.env, name, atHand, this.io.now()) : null)
    if (now === null || !isOtherJournal(now, atHand)) return
    const fault = otherJournal(name, now, { atHand, rebind: this.#rebind(name) })
    if (use !== 'read') throw fault
    this.warnings.push(`${fault.message} ${fault.hint}`)
  }

  /**
   * Refuses, for a merchant that has not worked yet, another journal than that of the other names on its Loop account
   * (G10).
   */
  async #assertAccount(
    { merchant: { name }, readSecrets, credentials }: Parameters<typeof this.assertJournal>[0],
    atHand: JournalAtHand,
  ): Promise<void> {
    const [{ nameBoundElsewhere }, { otherJournalOfAccount }] = await Promise.all([
      import('../../merchants/profiles/same-key.ts'),
      import('../../merchants/profiles/binding.ts'),
    ])
    const readKey = async () => credentials?.loopApiKey ?? (await readSecrets(['loopApiKey'])).loopApiKey?.value
    const other = await nameBoundElsewhere(this.io.env, { name, readKey }, atHand)
    if (other !== null) throw otherJournalOfAccount(name, other, { atHand, rebind: this.#rebind(other.name) })
  }

  #rebind(merchant: string): string {
    const { journal } = this.flags as { journal?: string }
    return `mhloop merchant rebind ${merchant}${journal === undefined ? '' : ` --journal ${shellWord(journal)}`}`
  }

  /** Opens the journal, for commands that need nothing else. */
  protected async journal(): Promise<Journal> {
    const { openJournal } = await import('../../journal/open-journal.ts')
    const { location, dataDir } = await this.journalPlace()
    const journal = await openJournal(location, { dataDir })
    this.defer(() => journal.close())
    return journal
  }

  /** Records who made a change that is done, and warns where that is not possible (G11). */
  protected async recordDone(journal: Journal, done: Done): Promise<void> {
    const { recorded } = await import('../merchants/change-record.ts')
    this.warnings.push(...(await recorded(this.io, journal, [done])))
  }

  /** Where the journal is; `location` undefined means the default file in `dataDir`. */
  protected async journalPlace(): Promise<{ location: string | undefined; dataDir: string }> {
    const { dataFolder } = await import('../../journal/data-folder.ts')
    const { journal } = this.flags as { journal?: string }
    const dataDir = dataFolder(this.io.env)
    if (journal === undefined) return { location: this.io.env.MHLOOP_JOURNAL, dataDir }
    await refusePassword('--journal', journal)
    const [{ isPostgres }, { sqlitePath }] = await Promise.all([
      import('../../journal/postgres/location.ts'),
      import('../../journal/sqlite/location.ts'),
    ])
    // Checked here so that the message names the flag.
    if (!isPostgres(journal)) sqlitePath(journal, dataDir, '--journal ')
    return { location: journal, dataDir }
  }
}

/** Refuses a password in a flag: others can read it in the process list and the shell's history (F59). */
export async function refusePassword(flag: string, location: string): Promise<void> {
  const { hasPassword, isPostgres } = await import('../../journal/postgres/location.ts')
  if (!isPostgres(location) || !hasPassword(location)) return
  throw usageFault(
    `${flag} contains a password, which would appear in the process list and the shell's history.`,
    'put it in PGPASSWORD, or the whole location in MHLOOP_JOURNAL',
  )
}
