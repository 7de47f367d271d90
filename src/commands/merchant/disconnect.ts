import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { dryRunFlag, merchantFlag, yesFlag } from '../../cli/input/flags.ts'
import { good, strong } from '../../cli/output/styled.ts'
import { changesList, registrationsTable } from '../../cli/views/merchants/connection-page.ts'
import { counted } from '../../core/doctor/verdict.ts'
import { exitCodes } from '../../core/errors/fault.ts'
import { findMerchant } from '../../merchants/profiles/resolve-merchant.ts'
import type { Connection } from '../../usecases/connect/connect.ts'

type Output = Connection & { dryRun: boolean }

export default class MerchantDisconnect extends MerchantCommand<typeof MerchantDisconnect> {
  static override summary = "Remove this merchant's webhooks and callbacks from Loop and MasonHub"
  static override description =
    `Reads what is registered at both vendors, and after a confirmation removes the webhooks and callbacks that point to this merchant's endpoint, on any host; nothing else. Shows what was registered before, and what is now. The endpoint's key and the callback token stay in the credentials, so that connecting again uses the same endpoint. A running \`serve\` continues by polling.

Exit codes: 0 nothing of ours is registered any more, 3 a vendor still shows something, 4 credentials or their scope, 6 refused, 7 a vendor is down, 9 not confirmed, 130 interrupted.`
  static override examples = [
    '<%= config.bin %> merchant disconnect',
    '<%= config.bin %> merchant disconnect -m acme --dry-run',
    '<%= config.bin %> merchant disconnect -m acme --yes --json',
  ]
  static override flags = { ...merchantFlag, ...dryRunFlag, ...yesFlag }

  async perform(): Promise<Result<Output>> {
    const { readSecrets } = await findMerchant({ env: this.io.env, name: this.flags.merchant })
    const context = await this.context({
      announce: true,
      progressLabel: 'Reading registrations',
      use: 'vendors only',
    })
    const { prepareDisconnect, applyDisconnect, notApplied } = await import('../../usecases/connect/connect.ts')
    const secrets = await readSecrets(['receiverKey'])
    const key = secrets.receiverKey?.value.reveal() ?? null
    const { name } = context.merchant
    const plan = await prepareDisconnect(context, key)
    const dryRun = this.flags['dry-run']
    if (key === null || dryRun || plan.changes.length === 0) return renderResult(notApplied(plan, key), name, dryRun)
    await this.#confirm(notApplied(plan, key), name)
    const connection = await applyDisconnect(context, key, plan)
    const differences = [{ key: 'registrations', before: null, after: 'removed' }]
    await this.recordDone(context.journal, { merchant: name, what: 'disconnected', differences })
    return renderResult(connection, name, dryRun)
  }

  async #confirm({ changes }: Connection, name: string): Promise<void> {
    if (!this.flags.yes) {
      await this.display((page) => {
        changesList(page, 'To change', changes)
        page.blank()
      })
    }
    const what = changes.length === 1 ? '1 registration' : `${changes.length} registrations`
    await this.confirm(`Remove ${what} of ${name} at Loop and MasonHub?`, { yes: this.flags.yes })
  }
}

function renderResult(connection: Connection, name: string, dryRun: boolean): Result<Output> {
  const { before, changes, after, outstanding } = connection
  return {
    data: { dryRun, ...connection },
    warnings:
      outstanding.length > 0
        ? ['A vendor accepted the removals, but still shows some registrations. Run the same command again.']
        : [],
    ...(outstanding.length > 0 ? { exit: exitCodes.findings } : {}),
    view(page) {
      if (dryRun) changesList(page, 'To change', changes)
      else if (changes.length === 0) page.line('Nothing of ', strong(name), ' is registered.')
      else page.line(good('Disconnected'), ' ', strong(name), `: ${counted(changes.length, 'registration')} removed.`)
      if (after !== null) registrationsTable(page, 'Registered before', before)
      registrationsTable(page, 'Registered now', after ?? before)
      if (dryRun) page.line('Nothing was changed (--dry-run).')
    },
  }
}
