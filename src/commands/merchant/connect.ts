import * as Flags from '@oclif/core/flags'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { usageFault } from '../../cli/errors/command-faults.ts'
import { dryRunFlag, merchantFlag, yesFlag } from '../../cli/input/flags.ts'
import { secretsOfFile } from '../../cli/merchants/merchant-flags.ts'
import { good, strong } from '../../cli/output/styled.ts'
import { changesList, registrationsTable } from '../../cli/views/merchants/connection-page.ts'
import { counted } from '../../core/doctor/verdict.ts'
import { exitCodes } from '../../core/errors/fault.ts'
import type { Secret } from '../../merchants/profiles/merchant.ts'
import { environmentMerchant } from '../../merchants/profiles/profile.ts'
import { findMerchant } from '../../merchants/profiles/resolve-merchant.ts'
import { environmentSecrets, type StoredSecrets, secretTitles } from '../../merchants/secrets/credentials.ts'
import { checkSecret, readSecret } from '../../merchants/secrets/secret-input.ts'
import type { Connection, ConnectPlan } from '../../usecases/connect/connect.ts'
import type { EndpointSecret, ProvidedWebhookSecrets, WebhookSecretPlan } from '../../usecases/connect/secrets.ts'

type Output = Connection & {
  url: { loop: string; masonhub: string }
  dryRun: boolean
  secrets: { made: EndpointSecret[]; loopWebhookSecret: WebhookSecretPlan['outcome'] }
}

export default class MerchantConnect extends MerchantCommand<typeof MerchantConnect> {
  static override summary = 'Register webhooks at Loop and callbacks at MasonHub'
  static override description =
    `Reads what is registered at both vendors, shows what is missing or wrong, and after a confirmation registers it: Loop's webhooks for returns, labels and failed processing, and MasonHub's rmaEvent callback (version 2.0). Correct registrations stay, inactive or moved ones are corrected, and nothing is registered twice; running it again finishes what was interrupted. Registrations of other systems stay as they are. Finally it reads the registrations back and shows them.

The endpoint has an unguessable path. The first run generates its key and the callback token and stores both with the credentials before anything is registered. Neither is ever printed: addresses are shown as /in/…/loop.

Loop shows the secret that signs its webhooks only in its admin (Tools & integrations, Developer tools), and only after they have been created. mhloop reads it from --credentials-file, or from MHLOOP_LOOP_WEBHOOK_SECRET if none is stored yet, or asks for it after registering the webhooks. Only --credentials-file replaces a stored one, after a confirmation. They are activated only when it is known; until then they stay inactive, and polling does their work. Separate several secrets by spaces.

Exit codes: 0 connected, 2 wrong usage, 3 connected but something is left to do, 4 credentials or their scope, 6 refused, 7 a vendor is down, 8 in doubt (run it again: it reads first), 9 not confirmed, 130 interrupted.`
  static override examples = [
    '<%= config.bin %> merchant connect --url https://returns.example.com',
    '<%= config.bin %> merchant connect -m acme --url https://returns.example.com --dry-run',
    '<%= config.bin %> merchant connect -m acme --url https://returns.example.com --yes --credentials-file - < secrets.json',
  ]
  static override flags = {
    ...merchantFlag,
    url: Flags.string({
      required: true,
      description: 'Public address of `serve`: https, may include a path prefix',
      helpValue: 'https://HOST',
    }),
    'credentials-file': Flags.string({
      description: 'JSON with loopWebhookSecret; `-` reads standard input',
      helpValue: 'FILE',
    }),
    ...dryRunFlag,
    ...yesFlag,
  }

  async perform(): Promise<Result<Output>> {
    const [{ publicUrl }, { prepareConnect, notApplied, applyConnect }, { planWebhookSecret }] = await Promise.all([
      import('../../usecases/connect/endpoint-urls.ts'),
      import('../../usecases/connect/connect.ts'),
      import('../../usecases/connect/secrets.ts'),
    ])
    const base = publicUrl(this.flags.url)
    const provided = await this.#providedSecrets()
    const { readSecrets } = await findMerchant({ env: this.io.env, name: this.flags.merchant })
    const context = await this.context({
      announce: true,
      progressLabel: 'Reading registrations',
      use: 'vendors only',
    })
    const secrets = await readSecrets(['receiverKey', 'callbackToken', 'loopWebhookSecret'])
    const { name } = context.merchant
    const signing = await planWebhookSecret(this.io.env, name, provided, secrets.loopWebhookSecret)
    const secretKnown = signing.outcome !== 'missing'
    const connecting = { base, env: this.io.env, secrets, secretKnown }
    const plan = await prepareConnect(context, connecting)
    const unchanged = () => notApplied(plan, secrets.receiverKey?.value.reveal() ?? null)
    const about = { name, base, signing }
    if (this.flags['dry-run'])
      return this.#renderResult(unchanged(), { ...about, dryRun: true, made: [], kept: signing.outcome })
    if (plan.changes.length > 0) await this.#confirmPlan(plan, name, secrets, signing)
    else if (signing.replaces)
      await this.confirm(`Replace the Loop webhook secret of ${name}?`, { yes: this.flags.yes })
    let secretOutcome =
      signing.storing === null ? signing.outcome : await this.#store(name, signing.storing, signing.replaces)
    const connection =
      plan.changes.length === 0 && secretKnown
        ? unchanged()
        : await applyConnect(context, connecting, plan, async () => {
            const typed = name === environmentMerchant ? null : await this.#ask()
            if (typed !== null) secretOutcome = await this.#store(name, typed, true)
            return secretOutcome !== 'missing'
          })
    const differences = [
      ...(plan.changes.length === 0 ? [] : [{ key: 'registrations', before: null, after: base }]),
      ...plan.making.map((secret) => ({ key: secretTitles[secret].key, before: null, after: 'replaced' })),
      ...(secretOutcome === 'stored'
        ? [{ key: secretTitles.loopWebhookSecret.key, before: null, after: 'replaced' }]
        : []),
    ]
    if (differences.length > 0) {
      await this.recordDone(context.journal, { merchant: name, what: 'connected', differences })
    }
    return this.#renderResult(connection, { ...about, dryRun: false, made: plan.making, kept: secretOutcome })
  }

  /**
   * The signing secrets in the file and in the environment. Other credentials are refused: `merchant set` checks them
   * when they change.
   */
  async #providedSecrets(): Promise<ProvidedWebhookSecrets> {
    const { loopWebhookSecret, ...others } = await secretsOfFile(this.io, this.flags['credentials-file'], this.signal)
    const [other] = Object.keys(others)
    if (other !== undefined) {
      throw usageFault(
        `merchant connect accepts only loopWebhookSecret, but the credentials contain ${other}.`,
        'mhloop merchant set --credentials-file FILE',
      )
    }
    const variable = environmentSecrets(this.io.env).loopWebhookSecret?.value
    const environment = variable === undefined ? null : readSecret('loopWebhookSecret', variable.reveal())
    return { file: loopWebhookSecret ?? null, environment }
  }

  async #confirmPlan(
    { registered, changes, endangered }: ConnectPlan,
    name: string,
    secrets: StoredSecrets,
    { replaces }: WebhookSecretPlan,
  ) {
    const { registrationsOf, changeToJson } = await import('../../usecases/connect/registrations.ts')
    if (!this.flags.yes) {
      const now = registrationsOf(registered, secrets.receiverKey?.value.reveal() ?? null)
      await this.display((page) => {
        registrationsTable(page, 'Registered now', now)
        changesList(page, 'To change', changes.map(changeToJson))
        page.blank()
      })
    }
    const what = changes.length === 1 ? '1 change' : `${changes.length} changes`
    const secret = replaces ? ' and replace its Loop webhook secret' : ''
    if (endangered.length === 0) {
      await this.confirm(`Make ${what} at Loop and MasonHub for ${name}${secret}?`, { yes: this.flags.yes })
      return
    }
    // MasonHub may keep only one callback per type (masonhub.md §5.1), and the existing one belongs to another system.
    await this.confirm(
      `MasonHub reports received RMAs to ${endangered.join(' and ')}, and may allow only one such address: registering ours may disable theirs. Two systems that both process returns would both refund. Make ${what} for ${name}${secret} anyway?`,
      { yes: this.flags.yes, typed: name },
    )
  }

  async #store(name: string, value: Secret, replace: boolean): Promise<WebhookSecretPlan['outcome']> {
    const { keepWebhookSecret } = await import('../../usecases/connect/secrets.ts')
    return (await keepWebhookSecret(this.io.env, name, value, { now: this.io.now(), replace })) ? 'stored' : 'kept'
  }

  async #ask(): Promise<Secret | null> {
    if (!this.io.canPrompt) return null
    this.say(
      'The webhooks exist, and stay inactive until mhloop has the secret that Loop signs them with. It is on the Developer tools page of the Loop admin.',
    )
    const { secret } = await this.inputs({
      secret: {
        value: undefined,
        missing: secretTitles.loopWebhookSecret.variable,
        message: 'Signing secret of the webhooks (hidden; leave empty to do this later)',
        secret: true,
        validate: (text) => text.trim() === '' || checkSecret(text, 'loopWebhookSecret'),
      },
    })
    return secret.trim() === '' ? null : readSecret('loopWebhookSecret', secret)
  }

  #renderResult(
    connection: Connection,
    about: {
      name: string
      base: string
      dryRun: boolean
      made: EndpointSecret[]
      kept: WebhookSecretPlan['outcome']
      signing: WebhookSecretPlan
    },
  ): Result<Output> {
    const { name, base, dryRun, made, kept: secretOutcome, signing } = about
    const { changes, after, before, outstanding, displaced } = connection
    const url = { loop: `${base}/in/…/loop`, masonhub: `${base}/in/…/masonhub` }
    const data = { url, dryRun, ...connection, secrets: { made, loopWebhookSecret: secretOutcome } }
    const incomplete = !dryRun && (secretOutcome === 'missing' || outstanding.length > 0)
    return {
      data,
      warnings: [...warningsOf(data, name), ...secretWarnings(signing, name, dryRun)],
      ...(incomplete ? { exit: exitCodes.findings } : {}),
      view(page) {
        if (dryRun) changesList(page, 'To change', changes)
        else if (changes.length === 0) page.line(good('Connected'), ': nothing to change for ', strong(name), '.')
        else page.line(good('Connected'), ' ', strong(name), `: ${counted(changes.length, 'change')} made.`)
        registrationsTable(page, 'Registered now', after ?? before)
        if (outstanding.length > 0) changesList(page, 'Not shown by the vendor yet', outstanding)
        if (displaced.length > 0) page.line(`Now gone: ${displaced.join(', ')}`)
        if (dryRun) page.line('Nothing was changed (--dry-run).')
        else if (made.length > 0 || secretOutcome === 'stored')
          page.line('A running serve accepts its messages within 15 seconds.')
      },
    }
  }
}

function warningsOf({ secrets, changes, outstanding, displaced, dryRun }: Output, name: string): string[] {
  const created = changes.some(({ vendor, action }) => vendor === 'loop' && action === 'create')
  const set = `mhloop merchant set -m ${name} loop-webhook-secret`
  return [
    ...(secrets.loopWebhookSecret === 'missing'
      ? [
          `Loop's signing secret is missing, so its webhooks stay inactive. It is on the Developer tools page of the Loop admin: ${name === environmentMerchant ? 'set MHLOOP_LOOP_WEBHOOK_SECRET' : set}, and then run the same command again`,
        ]
      : []),
    ...(secrets.loopWebhookSecret === 'kept' && created && !dryRun
      ? [`Webhooks were created: if Loop's Developer tools page shows another secret for them, ${set}`]
      : []),
    ...(outstanding.length > 0
      ? ['A vendor accepted the changes, but does not show all of them yet. Run the same command again to check.']
      : []),
    ...(displaced.length > 0
      ? [`MasonHub keeps only one rmaEvent address: ours has replaced ${displaced.join(' and ')}.`]
      : []),
  ]
}

function secretWarnings({ replaces, otherInEnvironment }: WebhookSecretPlan, name: string, dryRun: boolean): string[] {
  const replaced = `${dryRun ? 'The stored Loop webhook secret would be' : 'The stored Loop webhook secret was'} replaced by the one in --credentials-file.`
  return [
    ...(replaces ? [replaced] : []),
    ...(otherInEnvironment
      ? [
          `MHLOOP_LOOP_WEBHOOK_SECRET holds another secret than the stored one, and was not used. To replace the stored one: mhloop merchant set -m ${name} loop-webhook-secret`,
        ]
      : []),
  ]
}
