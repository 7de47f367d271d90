import * as Flags from '@oclif/core/flags'
import type { Result } from '../cli/command/base-command.ts'
import { MerchantCommand } from '../cli/command/merchant-command.ts'
import { readCheckCodes } from '../cli/input/check-codes.ts'
import { formatFlag, junitFlag } from '../cli/input/flags.ts'
import { merchantOrAllFlags } from '../cli/merchants/merchant-choice.ts'
import { doctorListing, doctorPage } from '../cli/views/doctor-page.ts'
import type { Check } from '../core/doctor/check.ts'
import { counts } from '../core/doctor/check.ts'

export default class Doctor extends MerchantCommand<typeof Doctor> {
  static override summary = 'Check machine, vendors, set-up and work, with a remedy for each problem'
  static override description =
    `Checks this machine and the journal, and for each merchant: credentials and where they are stored, both vendors (reachability, scopes, clock, limit), destinations, webhooks and callbacks, the returns of the last 7 days, the outcomes of the last 120, and unfinished work. Each check reports ok, warn, fail or skipped, what it found, and what to do.

Reads only: nothing is written to a vendor; a missing journal is created. A problem with one merchant never hides another's.

Exit codes: 0 all ok or skipped, 1 an internal error, 2 wrong usage, 3 a check warned or failed, 4 credentials are missing, wrong or lack a scope, 5 no such merchant, 7 a vendor can't be reached, 130 interrupted. If several apply, 4 comes before 7, then 1, then 3.`
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --all-merchants --junit doctor.xml',
    '<%= config.bin %> doctor -m acme --only loop,masonhub.callbacks',
    '<%= config.bin %> doctor --json | jq -r \'.data.checks[] | select(.status == "fail") | .remedy\'',
  ]
  static override flags = {
    ...merchantOrAllFlags,
    only: Flags.string({
      description: 'Only this check or group (loop); may be repeated or separated by commas',
      helpValue: 'CODE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    ...junitFlag,
    ...formatFlag,
  }

  async perform(): Promise<Result> {
    const { only, format } = this.flags
    const selected = only === undefined ? {} : { only: readCheckCodes(only) }
    const [{ junitWriter }, { runDoctor }, { merchantsToCheck }] = await Promise.all([
      import('../cli/output/junit.ts'),
      import('../usecases/doctor/doctor.ts'),
      import('../usecases/doctor/merchants.ts'),
    ])
    const writeJunit = await junitWriter(this.flags.junit)
    const { 'all-merchants': all, merchant: name } = this.flags
    const { journal: provided } = this.flags as { journal?: string }
    const merchants = await merchantsToCheck(this.io.env, { all, name })
    const [alone] = merchants
    if (merchants.length === 1 && alone !== undefined) this.about(alone)
    const begun = this.io.now()
    const progress = this.progress('Checking')
    const { checks, exit } = await runDoctor({
      env: this.io.env,
      merchants,
      ...selected,
      openJournal: () => this.journal(),
      ...(provided === undefined ? {} : { journalLocation: provided }),
      clock: { now: () => this.io.now() },
      signal: this.signal,
      progress(_done, total) {
        progress.expect(total)
        progress.advance()
      },
      ...this.requestOptions,
    })
    await writeJunit({ command: 'doctor', at: begun.toISOString(), checks })
    const seconds = (this.io.now().getTime() - begun.getTime()) / 1000
    return { data: { checks, summary: counts(checks) }, exit, ...this.#render(checks, seconds, format) }
  }

  /** A list for --format csv, ndjson or json; otherwise a page for people, also in a pipe. */
  #render(checks: readonly Check[], seconds: number, format: string): Pick<Result, 'view' | 'listing'> {
    if (format !== 'table') return { listing: doctorListing(checks) }
    return { view: (page) => doctorPage(page, checks, seconds) }
  }
}
