import { Flags } from '@oclif/core'
import type { Result } from '../cli/base-command.ts'
import { readCheckCodes } from '../cli/check-codes.ts'
import { formatFlag, junitFlag } from '../cli/flags.ts'
import { merchantOrAllFlags } from '../cli/merchant-choice.ts'
import { examinationListing, examinationPage } from '../cli/views/examination.ts'
import { WorkplaceCommand } from '../cli/workplace-command.ts'
import type { Check } from '../core/check.ts'
import { counts } from '../core/check.ts'

export default class Doctor extends WorkplaceCommand<typeof Doctor> {
  static override summary = 'Is everything in order, and what to do if not: machine, vendors, set-up, work'
  static override description =
    `Examines this machine and the journal, and for each merchant: credentials and where they live, both vendors (reach, scopes, clock, limit), destinations, webhooks and callbacks, the returns of the last 7 days, and what is left undone. Each check tells ok, warn, fail or skipped, what was found, and what to do.

Reads only: nothing is written to a vendor, and a journal that is missing is made. One merchant's trouble hides no other's.

Exit codes: 0 all ok or skipped, 1 a fault of mhloop, 2 wrong usage, 3 a check warned or failed, 4 credentials are missing, wrong or lack a scope, 5 no such merchant, 7 a vendor can't be reached, 130 interrupted. Of several, 4 comes before 7, then 1, then 3.`
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --all-merchants --junit doctor.xml',
    '<%= config.bin %> doctor -m acme --only loop,masonhub.callbacks',
    '<%= config.bin %> doctor --json | jq -r \'.data.checks[] | select(.status == "fail") | .remedy\'',
  ]
  static override flags = {
    ...merchantOrAllFlags,
    only: Flags.string({
      description: 'Only this check, or this group of them (loop); may be repeated, or several with commas',
      helpValue: 'CODE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    ...junitFlag,
    ...formatFlag,
  }

  async perform(): Promise<Result> {
    const { only, format } = this.flags
    const wanted = only === undefined ? {} : { only: readCheckCodes(only) }
    const [{ junitWriter }, { examine }, { merchantsToExamine }] = await Promise.all([
      import('../cli/output/junit.ts'),
      import('../usecases/doctor/examine.ts'),
      import('../usecases/doctor/merchants.ts'),
    ])
    const writeJunit = await junitWriter(this.flags.junit)
    const { 'all-merchants': all, merchant: name } = this.flags
    const merchants = await merchantsToExamine(this.io.env, { all, name })
    const [alone] = merchants
    if (merchants.length === 1 && alone !== undefined) this.about(alone)
    const begun = this.io.now()
    const progress = this.progress('Checking')
    const { checks, exit } = await examine({
      env: this.io.env,
      merchants,
      ...wanted,
      openJournal: () => this.journal(),
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
    return { data: { checks, summary: counts(checks) }, exit, ...this.#shown(checks, seconds, format) }
  }

  /** A list in a file or for a program; otherwise a page, also in a pipe: it is made to be read. */
  #shown(checks: readonly Check[], seconds: number, format: string): Pick<Result, 'view' | 'listing'> {
    if (format !== 'table') return { listing: examinationListing(checks) }
    return { view: (page) => examinationPage(page, checks, seconds) }
  }
}
