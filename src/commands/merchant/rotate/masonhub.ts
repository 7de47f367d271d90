import type { Result } from '../../../cli/base-command.ts'
import { recorded } from '../../../cli/change-record.ts'
import { dryRunFlag, merchantFlag, yesFlag } from '../../../cli/flags.ts'
import { good, strong } from '../../../cli/output/styled.ts'
import { WorkplaceCommand } from '../../../cli/workplace-command.ts'
import { exitCodes } from '../../../core/fault.ts'
import { findMerchant } from '../../../merchants/resolve.ts'
import type { MasonHubStanding } from '../../../usecases/rotate/rotate-masonhub.ts'

type Told = {
  dryRun: boolean
  /** What is or was left to finish of an earlier run. */
  begun: MasonHubStanding
  resumed: boolean | null
  oldIsRefused: boolean | null
}

const steps: Record<MasonHubStanding, string[]> = {
  nothing: ['make a new token from a new random phrase', 'see that it works', 'store it', 'delete the old phrase'],
  phrase: [
    'delete the phrase that an interrupted run may have used',
    'make a new token',
    'see that it works',
    'store it',
    'delete the old phrase',
  ],
  'new-token': ['see that the token of the interrupted run works', 'store it', 'delete the old phrase'],
  'old-token': ['delete the old phrase, which an interrupted run left'],
}

export default class MerchantRotateMasonhub extends WorkplaceCommand<typeof MerchantRotateMasonhub> {
  static override summary = 'Replace the MasonHub token: new one made, checked and stored, old one revoked'
  static override description =
    `Makes a new token at MasonHub from a new random phrase, reads a list with it, stores it where the merchant's secrets are kept, reads it back, and only then deletes the old phrase, which takes every token made of it out of use: whatever else uses that token must be given another. A running serve takes up the new one by itself.

It may be interrupted anywhere: the stored token always works, and running it again finishes. A token that the profile only refers to (env:, file:, keychain:, command:) is replaced where it is kept, not here. Neither phrase nor token is ever printed or logged.

Exit codes: 0 replaced, 3 replaced, but MasonHub goes on accepting the old token for now, 4 credentials, 6 refused, 7 MasonHub is down, 8 in doubt (run it again: it looks first), 9 not confirmed, 130 interrupted.`
  static override examples = [
    '<%= config.bin %> merchant rotate masonhub -m acme',
    '<%= config.bin %> merchant rotate masonhub -m acme --dry-run',
    '<%= config.bin %> merchant rotate masonhub -m acme --yes --json',
  ]
  static override flags = { ...merchantFlag, ...dryRunFlag, ...yesFlag }

  async perform(): Promise<Result<Told>> {
    const { env } = this.io
    const { prepareMasonHubRotation, applyMasonHubRotation } = await import('../../../usecases/rotate/rotate.ts')
    const { merchant } = await findMerchant({
      env,
      ...(this.flags.merchant === undefined ? {} : { name: this.flags.merchant }),
    })
    const { name, environment } = merchant
    this.about(name)
    const begun = await prepareMasonHubRotation(env, name)
    if (this.flags['dry-run']) {
      return {
        data: { dryRun: true, begun, resumed: null, oldIsRefused: null },
        view(page) {
          page.line(`To replace the MasonHub token of `, strong(name), ':')
          for (const [index, step] of steps[begun].entries()) page.line(`  ${index + 1}. ${step}`)
          page.line('Nothing was changed (--dry-run).')
        },
      }
    }
    const resolved = await this.merchant({ announce: true })
    await this.confirm(
      `Replace the MasonHub token of the ${environment} merchant ${name}? Whatever else uses the old one is locked out.`,
      { yes: this.flags.yes, ...(environment === 'production' ? { typed: name } : {}) },
    )
    const workplace = await this.workplaceOf(resolved, await this.journal(), () => {}, 'vendors only')
    const { resumed, oldIsRefused } = await applyMasonHubRotation(env, workplace, this.requestOptions)
    const differences = [{ key: 'masonhub-token', before: null, after: 'replaced' }]
    const done = { merchant: name, what: 'rotated', differences }
    this.warnings.push(...(await recorded(this.io, workplace.journal, [done])))
    return {
      data: { dryRun: false, begun, resumed, oldIsRefused },
      warnings: oldIsRefused
        ? []
        : ['MasonHub took the removal of the old phrase, and still accepts the old token. Ask it to look, or wait.'],
      ...(oldIsRefused ? {} : { exit: exitCodes.findings }),
      view: (page) =>
        page.line(
          good('Replaced'),
          ' the MasonHub token of ',
          strong(name),
          resumed ? ', finishing an earlier run.' : '.',
          oldIsRefused ? ' The old one is refused by now.' : '',
        ),
    }
  }
}
