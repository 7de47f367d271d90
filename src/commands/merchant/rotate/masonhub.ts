import type { Result } from '../../../cli/command/base-command.ts'
import { MerchantCommand } from '../../../cli/command/merchant-command.ts'
import { dryRunFlag, merchantFlag, yesFlag } from '../../../cli/input/flags.ts'
import { good, strong } from '../../../cli/output/styled.ts'
import { exitCodes } from '../../../core/errors/fault.ts'
import { findMerchant } from '../../../merchants/profiles/resolve-merchant.ts'
import type { RotationStatus } from '../../../usecases/rotate/rotate-masonhub.ts'

type Output = {
  dryRun: boolean
  /** What an earlier, interrupted run left (or, after a rotation, had left) to finish. */
  begun: RotationStatus
  resumed: boolean | null
  oldIsRefused: boolean | null
}

const steps: Record<RotationStatus, string[]> = {
  nothing: ['create a new token from a new random phrase', 'check that it works', 'store it', 'delete the old phrase'],
  phrase: [
    'delete the phrase that an interrupted run may have used',
    'create a new token',
    'check that it works',
    'store it',
    'delete the old phrase',
  ],
  'new-token': ['check that the token of the interrupted run works', 'store it', 'delete the old phrase'],
  'old-token': ['delete the old phrase, which an interrupted run left'],
}

export default class MerchantRotateMasonhub extends MerchantCommand<typeof MerchantRotateMasonhub> {
  static override summary = 'Replace the MasonHub token: create and check a new one, revoke the old one'
  static override description =
    `Creates a new token at MasonHub from a new random phrase, reads a list with it, stores it with the merchant's secrets, reads it back, and only then deletes the old phrase, which revokes every token made from it: anything else that uses such a token needs a new one. A running serve picks up the new token automatically.

It may be interrupted at any point: the stored token always works, and running it again finishes. A token that the profile only refers to (env:, file:, keychain:, command:) must be replaced where it is stored. Neither phrase nor token is ever printed or logged.

Exit codes: 0 replaced, 3 replaced, but MasonHub still accepts the old token, 4 credentials, 6 refused, 7 MasonHub is down, 8 in doubt (run it again: it reads first), 9 not confirmed, 130 interrupted.`
  static override examples = [
    '<%= config.bin %> merchant rotate masonhub -m acme',
    '<%= config.bin %> merchant rotate masonhub -m acme --dry-run',
    '<%= config.bin %> merchant rotate masonhub -m acme --yes --json',
  ]
  static override flags = { ...merchantFlag, ...dryRunFlag, ...yesFlag }

  async perform(): Promise<Result<Output>> {
    const { env } = this.io
    const { prepareMasonHubRotation, applyMasonHubRotation } = await import('../../../usecases/rotate/rotate.ts')
    const { merchant } = await findMerchant({ env, name: this.flags.merchant })
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
      `Replace the MasonHub token of the ${environment} merchant ${name}? Anything else that uses the old one is locked out.`,
      { yes: this.flags.yes, typed: environment === 'production' ? name : null },
    )
    const context = await this.contextOf(resolved, await this.journal(), () => {}, 'vendors only')
    const { resumed, oldIsRefused } = await applyMasonHubRotation(env, context, this.requestOptions)
    const differences = [{ key: 'masonhub-token', before: null, after: 'replaced' }]
    await this.recordDone(context.journal, { merchant: name, what: 'rotated', differences })
    return {
      data: { dryRun: false, begun, resumed, oldIsRefused },
      warnings: oldIsRefused
        ? []
        : [
            'MasonHub accepted the removal of the old phrase, but still accepts the old token. Ask MasonHub to check, or wait.',
          ],
      ...(oldIsRefused ? {} : { exit: exitCodes.findings }),
      view: (page) =>
        page.line(
          good('Replaced'),
          ' the MasonHub token of ',
          strong(name),
          resumed ? ', finishing an earlier run.' : '.',
          oldIsRefused ? ' The old one is now refused.' : '',
        ),
    }
  }
}
