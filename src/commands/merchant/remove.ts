import { Args } from '@oclif/core'
import type { Result } from '../../cli/base-command.ts'
import { openRecord } from '../../cli/change-record.ts'
import { yesFlag } from '../../cli/flags.ts'
import { strong } from '../../cli/output/styled.ts'
import { WorkplaceCommand } from '../../cli/workplace-command.ts'
import { secretTitles } from '../../merchants/credentials.ts'
import { profileOf, readProfiles } from '../../merchants/profiles.ts'
import { removeMerchant } from '../../usecases/onboard.ts'

export default class MerchantRemove extends WorkplaceCommand<typeof MerchantRemove> {
  static override summary = 'Forget a merchant: its profile and its secrets'
  static override description =
    `Reads the profiles; deletes this one and its secrets on this machine, after asking; for a production merchant its name must be typed.
Changes nothing at Loop or MasonHub, and keeps what the journal knows: what was paid stays known as paid.

Exit codes: 0 removed, 5 no such merchant, 9 not confirmed.`
  static override examples = [
    '<%= config.bin %> merchant remove acme-test',
    '<%= config.bin %> merchant remove acme-test --yes',
  ]

  static override args = { name: Args.string({ description: 'Which one', required: true }) }
  static override flags = { ...yesFlag }

  async perform(): Promise<Result> {
    const { name } = this.args
    const { environment, journal } = profileOf(await readProfiles(this.io.env), name)
    this.about(name)
    await this.confirm(`Remove the ${environment} merchant ${name} and its secrets?`, {
      yes: this.flags.yes,
      ...(environment === 'production' ? { typed: name } : {}),
    })
    const record = await openRecord({
      io: this.io,
      open: () => this.journal(),
      merchants: [{ name, journal }],
      loosens: false,
    })
    const done = [{ merchant: name, what: 'removed' }]
    await record.begin(done)
    const { secrets, wasCurrent } = await removeMerchant(this.io.env, name)
    this.warnings.push(...(await record.end(done)))
    const titles = secrets.map((secret) => secretTitles[secret].title)
    return {
      data: { name, environment, wasCurrent, secrets },
      warnings: wasCurrent ? ['It was the current merchant; choose another: mhloop merchant use NAME'] : [],
      view: (page) =>
        page.paragraph([
          'Removed ',
          strong(name),
          titles.length === 0 ? '; it had no secrets.' : `, with its ${titles.join(', ')}.`,
        ]),
    }
  }
}
