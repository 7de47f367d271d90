import type { Command } from '@oclif/core'
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { unlessAborted } from '../../cli/command/unless-aborted.ts'
import { usageFault } from '../../cli/errors/command-faults.ts'
import { yesFlag } from '../../cli/input/flags.ts'
import { openRecord } from '../../cli/merchants/change-record.ts'
import { allowedHosts, allowHostFlag, confirmHosts } from '../../cli/merchants/host-permissions.ts'
import {
  credentialFlags,
  moneyQuestion,
  profileOfFlags,
  requestedStoreKind,
  secretsOfFile,
  settingFlags,
  storeFlag,
} from '../../cli/merchants/merchant-flags.ts'
import { readReasonSheet } from '../../cli/merchants/reason-sheet.ts'
import type { NextCommand } from '../../cli/onboarding/afterwards.ts'
import { nothingStored } from '../../cli/onboarding/nothing-stored.ts'
import type { Draft, PromptContext, Provided } from '../../cli/onboarding/prompt-context.ts'
import { dim, good, strong, warn } from '../../cli/output/styled.ts'
import { runCommand } from '../../cli/program/run-command.ts'
import { merchantData, merchantPage } from '../../cli/views/merchants/merchant-page.ts'
import { exitCodes } from '../../core/errors/fault.ts'
import { loosenedMoney } from '../../core/merchants/money-change.ts'
import { shellWord } from '../../core/text/shell-word.ts'
import type { Journal } from '../../journal/journal.ts'
import { addedDifferences } from '../../merchants/apply/plan-merchants.ts'
import { assemble } from '../../merchants/profiles/assemble.ts'
import { wrongName } from '../../merchants/profiles/profile.ts'
import { settings } from '../../merchants/profiles/settings.ts'
import { environmentSecrets, type StoreKind, secretNames } from '../../merchants/secrets/credentials.ts'
import { type ProvidedSecrets, readSecret } from '../../merchants/secrets/secret-input.ts'
import { foreignHosts } from '../../merchants/secrets/vendor-hosts.ts'
import { chooseStore } from '../../merchants/stores/stores.ts'
import { type AddedMerchant, addMerchant, refuseExisting } from '../../usecases/merchants/add-merchant.ts'
import { surveyWarnings } from '../../usecases/merchants/check-accounts.ts'
import { outcomeWarnings, type RecentOutcomes, recentOutcomes } from '../../usecases/returns/recent-outcomes.ts'

export default class MerchantAdd extends MerchantCommand<typeof MerchantAdd> {
  static override summary = 'Set up a merchant: its accounts, policies and credentials'
  static override description =
    `On a terminal it guides you through each step: the Loop key (checked at once, scope by scope), Loop's destinations to choose from, MasonHub's account and token (checked at once), a reason mapping proposed from the returns of the last 120 days, the workflow, the cut-off date, a summary; nothing is stored before the final confirmation. It does not ask for what flags and the environment already provide; with a name, an environment, a slug and both credentials it asks nothing at all. In scripts everything comes from flags, the environment and standard input.

Secrets are never given as flags: they are typed at a hidden prompt, or read from --credentials-file, or from MHLOOP_LOOP_API_KEY, MHLOOP_MASONHUB_TOKEN, MHLOOP_LOOP_WEBHOOK_SECRET, MHLOOP_CALLBACK_TOKEN and MHLOOP_RECEIVER_KEY.

Reads lists from Loop and MasonHub to check that the credentials work and that the destinations exist, then writes the profile and, separately, the secrets: into the system's keychain, or with --store file (MHLOOP_CREDENTIAL_STORE=file) into a file that only you can read, encrypted if MHLOOP_CREDENTIALS_PASSPHRASE is set. Without a keychain and without --store a script is refused, and a person is asked. If a check fails, nothing is stored. The first merchant becomes the current one. Afterwards it names outcomes of the last 120 days that the merchant's policy does not process, with the number of returns.

Before a credential goes to a host that is neither the vendor's own (*.loopreturns.com, *.masonhub.co) nor this machine, you must type the merchant's name; --allow-host HOST confirms that host in advance.

Exit codes: 0 stored, 2 wrong or missing input, 4 a credential is wrong or there is no keychain, 7 a vendor is unreachable, 9 not confirmed, 130 interrupted: nothing was stored.`
  static override examples = [
    '<%= config.bin %> merchant add acme',
    '<%= config.bin %> merchant add acme --store file --environment sandbox --slug acme-test --credentials-file - < credentials.json',
    '<%= config.bin %> merchant add acme-eu --environment production --slug acme_eu --destinations 4711,4712 --cutoff 2026-10-01 --reasons reasons.csv --json',
  ]

  static override args = { name: Args.string({ description: 'Its name: lower-case letters, digits, ".", "-", "_"' }) }
  static override flags = {
    ...settingFlags,
    reasons: Flags.string({
      summary: 'CSV sheet of the reason mapping, as `mapping reasons import` reads it; `-` reads standard input',
      helpValue: 'FILE',
    }),
    ...credentialFlags,
    ...storeFlag,
    ...allowHostFlag,
    ...yesFlag,
  }

  async perform(): Promise<Result> {
    const provided = await this.#provided()
    if (provided.name !== null) await refuseExisting(this.io.env, provided.name)
    await this.#confirmHosts(provided)
    const { environment, slug } = provided.settings
    const { loopApiKey, masonhubToken } = provided.secrets
    const complete = [provided.name, environment, slug, loopApiKey, masonhubToken].every((value) => value)
    return this.io.canPrompt && !complete ? this.#converse(provided) : this.#take(provided)
  }

  /**
   * Confirms foreign hosts before a credential is typed or sent: the conversation changes slug and environment, but no
   * given host.
   */
  async #confirmHosts({ name, settings: texts }: Provided): Promise<void> {
    const { loop = {}, masonhub } = profileOfFlags(texts)
    const foreign = foreignHosts(null, { loop, masonhub })
    const allowed = allowedHosts(this.flags['allow-host'])
    const command = ['mhloop merchant add', ...this.argv.map(shellWord)].join(' ')
    const confirm: typeof this.confirm = (question, options) => this.confirm(question, options)
    await confirmHosts({ name, foreign, allowed, yes: this.flags.yes, command }, confirm)
  }

  /** Reads everything from flags, environment and files, and checks it as far as possible without asking. */
  async #provided(): Promise<Provided> {
    const flags = this.flags as unknown as Record<string, unknown>
    const { 'credentials-file': credentials, reasons } = this.flags
    if (credentials === '-' && reasons === '-') {
      throw usageFault('Standard input can be the credentials or the reasons, not both.', 'mhloop merchant add --help')
    }
    const file = await secretsOfFile(this.io, credentials, this.signal)
    const environment: ProvidedSecrets = {}
    for (const [name, storedSecret] of Object.entries(environmentSecrets(this.io.env))) {
      const known = secretNames.find((one) => one === name)
      if (known !== undefined) environment[known] = readSecret(known, storedSecret.value.reveal())
    }
    if (this.args.name !== undefined) assertName(this.args.name)
    return {
      name: this.args.name ?? null,
      settings: Object.fromEntries(
        settings.flatMap(({ key }) => (typeof flags[key] === 'string' ? [[key, flags[key]]] : [])),
      ),
      secrets: { ...environment, ...file },
      store: requestedStoreKind(this.flags.store ?? this.io.env.MHLOOP_CREDENTIAL_STORE),
      reasons: reasons === undefined ? null : await readReasonSheet(this.io, reasons, this.signal),
    }
  }

  /** Works without a conversation: names everything that is missing at once, and stores what was given. */
  async #take({ name, settings: texts, secrets, reasons }: Provided): Promise<Result> {
    const answers = await this.inputs({
      name: { value: name ?? undefined, missing: 'NAME', message: '' },
      environment: { value: texts['environment'], missing: '--environment', message: '' },
      slug: { value: texts['slug'], missing: '--slug', message: '' },
      loopApiKey: {
        value: secrets.loopApiKey?.reveal(),
        missing: 'MHLOOP_LOOP_API_KEY (or loopApiKey in --credentials-file)',
        message: '',
      },
      masonhubToken: {
        value: secrets.masonhubToken?.reveal(),
        missing: 'MHLOOP_MASONHUB_TOKEN (or masonhubToken in --credentials-file)',
        message: '',
      },
    })
    this.about(answers.name)
    const profile = profileOfFlags(texts)
    const { merchant } = assemble(answers.name, profile, 'profile')
    const loosened = loosenedMoney(null, merchant)
    if (loosened !== null) {
      await this.confirm(moneyQuestion(merchant, loosened), { yes: this.flags.yes, typed: answers.name })
    }
    const check = !this.flags['no-check']
    const store = await chooseStore(this.io.env, requestedStoreKind(this.flags.store))
    const draft = { name: answers.name, settings: texts, secrets, reasons: reasons ?? [] }
    const stored = await this.#store(draft, store, check)
    const { survey } = stored
    const recent = await this.#recentOutcomes(stored, draft.secrets)
    const warnings =
      survey === null
        ? ['The credentials were not checked. To check them: mhloop asn list --since 1d']
        : surveyWarnings(survey, stored.merchant.policy.destinations)
    return {
      data: addedData(stored, check, recent),
      warnings: [...warnings, ...outcomeWarnings(stored.merchant, recent)],
      view(page) {
        page.line(good('Added '), strong(answers.name), check ? ', both vendors accept its credentials.' : '.')
        page.blank()
        merchantPage(page, stored)
      },
    }
  }

  async #converse(provided: Provided): Promise<Result> {
    const prompts = this.#promptContext(provided)
    const { converse } = await import('../../cli/onboarding/conversation.ts')
    let stored: AddedMerchant
    let secrets: ProvidedSecrets
    try {
      const draft = await converse(prompts)
      this.about(draft.name)
      if (draft.store === null) throw new Error('the place was settled by its step')
      secrets = draft.secrets
      // Each part was already checked in its step.
      stored = { ...(await this.#store(draft, draft.store, false)), survey: draft.survey }
    } catch (error) {
      throw nothingStored(error, this.signal.aborted)
    }
    const { name } = stored.merchant
    this.say('')
    this.say(good('Stored '), strong(name), '.')
    const recent = await this.#recentOutcomes(stored, secrets)
    for (const text of outcomeWarnings(stored.merchant, recent)) this.say(warn('Note: '), text)
    const { nextSteps, offerNext } = await import('../../cli/onboarding/afterwards.ts')
    const { remaining, interrupted } = await offerNext(prompts, name, (command, argv) =>
      runCommand(nextCommands[command], argv, this.config, this.io),
    )
    return {
      data: addedData(stored, prompts.check, recent),
      ...(interrupted ? { exit: exitCodes.interrupted } : {}),
      view(page) {
        page.blank()
        page.heading(`Next for ${name}`)
        page.fields(nextSteps(name, remaining).map(([command, what]) => [command, dim(what)]))
      },
    }
  }

  /** null when the key was not checked, or may not read returns. */
  async #recentOutcomes(
    { merchant, survey }: AddedMerchant,
    { loopApiKey }: ProvidedSecrets,
  ): Promise<RecentOutcomes | null> {
    if (loopApiKey === undefined || survey === null || !survey.has.includes('returns')) return null
    return await recentOutcomes(merchant, loopApiKey, {
      ...this.requestOptions,
      timeouts,
      now: this.io.now(),
      signal: this.signal,
    })
  }

  #promptContext(provided: Provided): PromptContext {
    const { io } = this
    return {
      ask: io.prompter,
      env: io.env,
      width: io.width,
      provided,
      yes: this.flags.yes,
      check: !this.flags['no-check'],
      options: { ...this.requestOptions, timeouts },
      now: () => io.now(),
      interrupted: () => this.signal.aborted,
      say: (...parts) => this.say(...parts),
      display: (draw) => this.display(draw),
      busy: (words, work) => {
        this.say(dim(words))
        return unlessAborted(this.signal, work)
      },
    }
  }

  async #store(
    draft: Pick<Draft, 'name' | 'settings' | 'secrets' | 'reasons'>,
    store: StoreKind,
    check: boolean,
  ): Promise<AddedMerchant> {
    const { name, settings: texts, secrets, reasons } = draft
    const { loopApiKey, masonhubToken } = secrets
    if (loopApiKey === undefined || masonhubToken === undefined) throw new Error('both credentials are there by now')
    const profile = profileOfFlags(texts)
    const policy = reasons.length === 0 ? profile.policy : { ...profile.policy, reasons: [...reasons] }
    const provided = policy === undefined ? profile : { ...profile, policy }
    let journal: Journal | null = null as Journal | null
    const record = await openRecord({
      io: this.io,
      open: async () => {
        journal = await this.journal()
        return journal
      },
      merchants: [],
      loosens: loosenedMoney(null, assemble(name, provided, 'profile').merchant) !== null,
    })
    const time = this.io.now().toISOString()
    const differences = addedDifferences(name, { ...provided, store, addedAt: time, changedAt: time })
    const done = [{ merchant: name, what: 'added', differences }]
    const added = await addMerchant(
      this.io.env,
      this.io.now(),
      {
        name,
        profile: provided,
        secrets: { ...secrets, loopApiKey, masonhubToken },
        store,
        check,
        beforeStoring: () => record.begin(done),
      },
      this.requestOptions,
    )
    this.warnings.push(...(await record.end(done)))
    // The next command opens the journal itself.
    await journal?.close()
    return added
  }
}

/** Milliseconds: short, because a person is waiting and can repeat it. */
const timeouts = { attempt: 8_000, call: 20_000 }

const nextCommands: Record<NextCommand, { id: string; load: () => Promise<Command.Class> }> = {
  doctor: { id: 'doctor', load: async () => (await import('../doctor.ts')).default },
  connect: { id: 'merchant:connect', load: async () => (await import('./connect.ts')).default },
}

/** The JSON data. `loopScopes`: what the Loop key can do; null when it was not checked. */
function addedData(stored: AddedMerchant, checked: boolean, recentOutcomes: RecentOutcomes | null) {
  const { survey } = stored
  const loopScopes = survey === null ? null : { has: survey.has, lacks: survey.lacks, unknown: survey.unknown }
  return { ...merchantData(stored), checked, loopScopes, recentOutcomes }
}

function assertName(name: string): void {
  const wrong = wrongName(name)
  if (wrong !== null) throw usageFault(wrong, 'mhloop merchant add --help', 'NAME_WRONG')
}
