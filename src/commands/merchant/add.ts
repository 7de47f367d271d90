import { Args } from '@oclif/core'
import { MhloopCommand, type Result } from '../../cli/base-command.ts'
import { usageFault } from '../../cli/faults.ts'
import { yesFlag } from '../../cli/flags.ts'
import {
  askedStore,
  credentialFlags,
  profileOfFlags,
  refundsQuestion,
  secretsOfFile,
  settingFlags,
  storeFlag,
} from '../../cli/merchant-flags.ts'
import { good, strong } from '../../cli/output/styled.ts'
import { merchantData, merchantPage } from '../../cli/views/merchant-page.ts'
import { environmentSecrets } from '../../merchants/credentials.ts'
import { wrongName } from '../../merchants/profile.ts'
import { checkSecret, readSecret } from '../../merchants/secret-input.ts'
import { chooseStore } from '../../merchants/stores.ts'
import { addMerchant } from '../../usecases/onboard.ts'

export default class MerchantAdd extends MhloopCommand<typeof MerchantAdd> {
  static override summary = 'Set a merchant up: its accounts, its policies, its credentials'
  static override description =
    `Asks for what is missing on a terminal; in scripts everything comes by flags, environment and standard input.
Secrets never come by flag: they are typed blind, or read from --credentials-file, or from MHLOOP_LOOP_API_KEY,
MHLOOP_MASONHUB_TOKEN, MHLOOP_LOOP_WEBHOOK_SECRET, MHLOOP_CALLBACK_TOKEN and MHLOOP_RECEIVER_KEY.

Reads one list from Loop and one from MasonHub to see that the credentials work, and then writes the profile and, apart
from it, the secrets: into the system's keychain, or with --store file (MHLOOP_CREDENTIAL_STORE=file) into a file that
only you can read, encrypted when MHLOOP_CREDENTIALS_PASSPHRASE is set. Without a keychain and without --store it refuses. When a check fails nothing is stored. The first merchant becomes the current one.

Exit codes: 0 stored, 2 wrong or missing input, 4 a credential is wrong or there is no keychain, 7 a vendor is unreachable, 9 not confirmed.`
  static override examples = [
    '<%= config.bin %> merchant add acme',
    '<%= config.bin %> merchant add acme --store file --environment sandbox --slug acme-test --credentials-file - < credentials.json',
    '<%= config.bin %> merchant add acme-eu --environment production --slug acme_eu --destinations 4711,4712 --cutoff 2026-10-01 --json',
  ]

  static override args = { name: Args.string({ description: 'What to call it: small letters, digits, ".", "-", "_"' }) }
  static override flags = { ...settingFlags, ...credentialFlags, ...storeFlag, ...yesFlag }

  async perform(): Promise<Result> {
    const flags = this.flags as unknown as Record<string, string | undefined>
    const file = await secretsOfFile(this.io, this.flags['credentials-file'], this.signal)
    const environment = environmentSecrets(this.io.env)
    const given = (name: 'loopApiKey' | 'masonhubToken') => (file[name] ?? environment[name]?.value)?.reveal()
    const validate = (name: string) => wrongName(name) ?? true
    if (this.args.name !== undefined) assertName(this.args.name)
    profileOfFlags(flags)
    const choosing = () => chooseStore(this.io.env, askedStore(this.flags.store))
    // Before the questions: nobody should type a page of answers for a keychain that isn't there.
    const chosen = this.io.canPrompt ? await choosing() : null
    const answers = await this.inputs({
      name: { value: this.args.name, missing: 'NAME', message: 'What is the merchant called?', validate },
      environment: {
        value: flags.environment,
        missing: '--environment',
        message: 'Which MasonHub is it?',
        choices: ['sandbox', 'production'].map((value) => ({ value, name: value })),
      },
      slug: { value: flags.slug, missing: '--slug', message: 'What is its MasonHub account slug?' },
      loopApiKey: {
        value: given('loopApiKey'),
        missing: 'MHLOOP_LOOP_API_KEY (or loopApiKey in --credentials-file)',
        message: 'Loop API key (not shown)',
        secret: true,
        validate: checkSecret,
      },
      masonhubToken: {
        value: given('masonhubToken'),
        missing: 'MHLOOP_MASONHUB_TOKEN (or masonhubToken in --credentials-file)',
        message: 'MasonHub token (not shown)',
        secret: true,
        validate: checkSecret,
      },
    })
    const { loopWebhookSecret, callbackToken, receiverKey } = environment
    this.about(answers.name)
    const profile = profileOfFlags({ ...flags, environment: answers.environment, slug: answers.slug })
    if (profile.policy?.refunds === true && profile.environment === 'production') {
      await this.confirm(refundsQuestion(answers.name), { yes: this.flags.yes, typed: answers.name })
    }
    const stored = await addMerchant(
      this.io.env,
      this.io.now(),
      {
        name: answers.name,
        profile,
        secrets: {
          ...(loopWebhookSecret ? { loopWebhookSecret: loopWebhookSecret.value } : {}),
          ...(callbackToken ? { callbackToken: callbackToken.value } : {}),
          ...(receiverKey ? { receiverKey: receiverKey.value } : {}),
          ...file,
          loopApiKey: readSecret('loopApiKey', answers.loopApiKey),
          masonhubToken: readSecret('masonhubToken', answers.masonhubToken),
        },
        store: chosen ?? (await choosing()),
        check: !this.flags['no-check'],
      },
      this.io.verbose ? { onRequest: (line) => this.say(line) } : {},
    )
    const checked = !this.flags['no-check']
    return {
      data: { ...merchantData(stored), checked },
      warnings: checked ? [] : ['The credentials were not checked. Any read will tell: mhloop asn list --since 1d'],
      view(page) {
        page.line(good('Added '), strong(answers.name), checked ? ', both vendors accept its credentials.' : '.')
        page.blank()
        merchantPage(page, stored)
      },
    }
  }
}

function assertName(name: string): void {
  const wrong = wrongName(name)
  if (wrong !== null) throw usageFault(wrong, 'mhloop merchant add --help', 'NAME_WRONG')
}
