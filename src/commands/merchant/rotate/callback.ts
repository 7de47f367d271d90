import type { Result } from '../../../cli/command/base-command.ts'
import { MerchantCommand } from '../../../cli/command/merchant-command.ts'
import { dryRunFlag, merchantFlag, yesFlag } from '../../../cli/input/flags.ts'
import { good, strong, warn } from '../../../cli/output/styled.ts'
import { exitCodes, Fault } from '../../../core/errors/fault.ts'
import { findMerchant } from '../../../merchants/profiles/resolve-merchant.ts'

type Output = {
  dryRun: boolean
  /** Whether an earlier, interrupted run is (or, after a rotation, was) to be finished. */
  begun: boolean
  registered: number | null
  oldIsDropped: boolean | null
}

export default class MerchantRotateCallback extends MerchantCommand<typeof MerchantRotateCallback> {
  static override summary = "Replace the token of MasonHub's callbacks without a gap"
  static override description =
    `Generates a new token and stores it in front of the old one, so that both are accepted; registers MasonHub's callback with the new token and removes the registration with the old one; reads the registrations back, and only then drops the old token. A running serve picks up the new one automatically. A merchant that is not connected just gets a new token for its next connect.

It may be interrupted at any point: whatever token MasonHub uses is accepted, and running it again finishes. No token is ever printed or logged.

Exit codes: 0 replaced, 3 registered, but MasonHub doesn't show it yet, so both tokens stay valid (run it again), 4 credentials, 6 refused, 7 MasonHub is down, 8 in doubt (run it again: it reads first), 9 not confirmed, 130 interrupted.`
  static override examples = [
    '<%= config.bin %> merchant rotate callback -m acme',
    '<%= config.bin %> merchant rotate callback -m acme --dry-run',
    '<%= config.bin %> merchant rotate callback -m acme --yes --json',
  ]
  static override flags = { ...merchantFlag, ...dryRunFlag, ...yesFlag }

  async perform(): Promise<Result<Output>> {
    const { env } = this.io
    const { prepareCallbackRotation, applyCallbackRotation } = await import('../../../usecases/rotate/rotate.ts')
    const { merchant, readSecrets } = await findMerchant({ env, name: this.flags.merchant })
    const { name, environment } = merchant
    this.about(name)
    const begun = await prepareCallbackRotation(env, name)
    const { receiverKey, callbackToken } = await readSecrets(['receiverKey', 'callbackToken'])
    if (receiverKey === undefined || callbackToken === undefined) throw neverConnected(name)
    if (this.flags['dry-run']) {
      return {
        data: { dryRun: true, begun, registered: null, oldIsDropped: null },
        view(page) {
          page.line('To replace the callback token of ', strong(name), begun ? ', finishing an earlier run:' : ':')
          const [first, ...others] = [
            'store a new token in front of the old one',
            "register MasonHub's callback with it",
            'read the registrations back',
            'drop the old token',
          ]
          for (const [index, step] of (begun ? others : [first, ...others]).entries())
            page.line(`  ${index + 1}. ${step}`)
          page.line('Nothing was changed (--dry-run).')
        },
      }
    }
    const context = await this.context({ announce: true, progressLabel: 'Rotating', use: 'vendors only' })
    await this.confirm(`Replace the callback token of the ${environment} merchant ${name}?`, {
      yes: this.flags.yes,
      typed: environment === 'production' ? name : null,
    })
    const { registered, oldIsDropped } = await applyCallbackRotation(env, context, receiverKey.value)
    const differences = [{ key: 'callback-token', before: null, after: 'replaced' }]
    await this.recordDone(context.journal, { merchant: name, what: 'rotated', differences })
    return {
      data: { dryRun: false, begun, registered, oldIsDropped },
      warnings: oldIsDropped
        ? []
        : [
            `MasonHub accepted the new token, but still shows the old one as well; both are accepted. Run it again in a minute.`,
          ],
      ...(oldIsDropped ? {} : { exit: exitCodes.findings }),
      view(page) {
        if (!oldIsDropped)
          page.line(warn('Started'), ': MasonHub was given the new callback token of ', strong(name), '.')
        else if (registered === 0)
          page.line(good('Replaced'), ' the callback token of ', strong(name), ', which is not connected.')
        else
          page.line(
            good('Replaced'),
            ' the callback token of ',
            strong(name),
            "; MasonHub's registration carries the new one.",
          )
      },
    }
  }
}

function neverConnected(merchant: string): Fault {
  return new Fault(`Merchant "${merchant}" was never connected, so there is no callback token to replace.`, {
    code: 'NOT_CONNECTED',
    merchant,
    hint: `mhloop merchant connect -m ${merchant} --url https://…`,
  })
}
