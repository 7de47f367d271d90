import * as Args from '@oclif/core/args'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { usageFault } from '../../cli/errors/command-faults.ts'
import { merchantFlag, yesFlag } from '../../cli/input/flags.ts'
import { readSource } from '../../cli/input/read-source.ts'
import { type Assignments, readAssignments } from '../../cli/merchants/assignments.ts'
import { type ChangeRecord, type Done, isSecretKey, openRecord } from '../../cli/merchants/change-record.ts'
import { allowedHosts, allowHostFlag, confirmHosts } from '../../cli/merchants/host-permissions.ts'
import { isMerchantTyped } from '../../cli/merchants/merchant-choice.ts'
import {
  credentialFlags,
  moneyQuestion,
  requestedStoreKind,
  secretsOfFile,
  storeFlag,
} from '../../cli/merchants/merchant-flags.ts'
import { dim, strong } from '../../cli/output/styled.ts'
import { camel } from '../../cli/views/merchants/merchant-page.ts'
import { loosenedMoney } from '../../core/merchants/money-change.ts'
import { shellWord } from '../../core/text/shell-word.ts'
import type { MerchantDifference } from '../../merchants/apply/plan-merchants.ts'
import { assemble } from '../../merchants/profiles/assemble.ts'
import type { Merchant } from '../../merchants/profiles/merchant.ts'
import { environmentMerchant, type Profile } from '../../merchants/profiles/profile.ts'
import { profileOf, readProfiles } from '../../merchants/profiles/profiles.ts'
import { type FoundMerchant, findMerchant } from '../../merchants/profiles/resolve-merchant.ts'
import { type Setting, settingOf, settings, settingText, withSetting } from '../../merchants/profiles/settings.ts'
import { type StoreKind, secretNames, secretTitles } from '../../merchants/secrets/credentials.ts'
import { checkSecret, type ProvidedSecrets, readSecret } from '../../merchants/secrets/secret-input.ts'
import { foreignHosts } from '../../merchants/secrets/vendor-hosts.ts'
import { chooseStore } from '../../merchants/stores/stores.ts'
import { changeMerchant, movedSecrets } from '../../usecases/merchants/add-merchant.ts'
import { refuseOtherHosts, renewedSecrets } from '../../usecases/merchants/other-hosts.ts'
import { outcomeWarnings } from '../../usecases/returns/recent-outcomes.ts'

/** Settings that change where the credentials go, so that the vendors check them again. */
const decidesWhere = new Set(['environment', 'slug', 'loop-base-url', 'masonhub-base-url'])

export default class MerchantSet extends MerchantCommand<typeof MerchantSet> {
  static override summary = "Change a merchant's settings or secrets"
  static override description =
    `Takes pairs of KEY VALUE; the value \`default\` resets a setting. The key of a secret has no value after it (you are asked for the secret at a hidden prompt), or is followed by \`-\` to read it from standard input, or by a reference that is followed at each use: env:NAME, file:PATH, keychain:, keychain:SERVICE/ACCOUNT, or 'command:PROGRAM ARGUMENTS' (run without a shell, 10 seconds at most). --store moves the stored secrets.

${settings.map(({ key, takes, summary }) => `  ${key} ${takes}\n      ${summary}`).join('\n')}
${secretNames.map((name) => `  ${secretTitles[name].key} [-|REFERENCE]`).join('\n')}

Writes the profile and the secrets, and records in the journal who changed what (merchant history). If accounts or secrets change, both vendors are asked first, and nothing is changed if one refuses.
Changes that allow more real refunds ask you to type the merchant's name: refunds on, higher limits, fewer first refunds by explicit request, more outcomes or destinations, an earlier cutoff, a shorter claim-settle, another environment, base URL or slug; in production, or with a Loop that is not on this machine. Stricter settings need no confirmation, and neither does a replaced secret: make sure that the key belongs to the same shop. While the journal can't record them, changes that allow more are refused; all others are made with a warning.

A secret goes only to the host that it was given for: if a base URL or the environment changes the host, give the secret (or its reference) in the same command. A host that is neither the vendor's own (*.loopreturns.com, *.masonhub.co) nor this machine also needs the merchant's name typed; --allow-host HOST confirms that host in advance.

Exit codes: 0, 2 wrong key or value, 4 a credential is wrong or belongs to another host, 5 no such merchant, 7 a vendor is unreachable, 9 not confirmed.`
  static override examples = [
    '<%= config.bin %> merchant set refunds-per-hour 20 largest-refund 250.00',
    '<%= config.bin %> merchant set -m acme destinations 4711,4712 cutoff 2026-10-01',
    '<%= config.bin %> merchant set -m acme loop-api-key',
    "<%= config.bin %> merchant set -m acme masonhub-token 'command:op read op://Returns/acme/token'",
    '<%= config.bin %> merchant set -m acme environment production masonhub-token',
    '<%= config.bin %> merchant set -m acme --store keychain',
    '<%= config.bin %> merchant set -m acme masonhub-token - < token.txt',
  ]

  static override strict = false
  static override args = { key: Args.string({ description: 'Pairs of KEY VALUE' }) }
  static override flags = { ...merchantFlag, ...credentialFlags, ...storeFlag, ...allowHostFlag, ...yesFlag }

  async perform(): Promise<Result> {
    const file = this.flags['credentials-file']
    const fromQuestions = requestedStoreKind(this.flags.store)
    if (this.rest.length === 0 && file === undefined && fromQuestions === null) {
      throw usageFault(
        'Nothing to set: give KEY VALUE, --credentials-file, or --store.',
        'mhloop merchant set --help',
        'MISSING_INPUT',
      )
    }
    const found = await findMerchant({ env: this.io.env, name: this.flags.merchant })
    const { merchant } = found
    this.about(merchant.name)
    // After the merchant: a script with a mistyped name is not to be told about its values.
    const assignments = readAssignments(this.rest)
    if (merchant.name === environmentMerchant) {
      throw usageFault('The merchant "env" consists of environment variables: change those.', 'mhloop help environment')
    }
    const secrets = {
      ...(await secretsOfFile(this.io, file, this.signal)),
      ...(await this.#secrets(merchant.name, assignments)),
    }
    const change = (profile: Profile) =>
      assignments.settings.reduce(
        (made, { setting, value }) => withSetting(made, setting.path, value),
        fromQuestions === null ? profile : { ...profile, store: fromQuestions },
      )
    await this.#assertHosts(merchant.name, change, { secrets, references: assignments.references })
    const { mayLoosen, record } = await this.#mayLoosen(found, change)
    if (fromQuestions !== null) await chooseStore(this.io.env, fromQuestions)
    const { references } = assignments
    const moved = assignments.settings.some(({ setting }) => decidesWhere.has(setting.key))
    const replaced = secretNames.filter((name) => secrets[name] ?? references[name])
    const doneBy = (differences: readonly MerchantDifference[]): Done[] => {
      const changed = [
        ...differences.filter(({ key }) => !isSecretKey(key)),
        ...replaced.map((name) => ({ key: secretTitles[name].key, before: null, after: 'replaced' })),
      ]
      return changed.length === 0 ? [] : [{ merchant: merchant.name, what: 'set', differences: changed }]
    }
    const { before, after, differences, warnings } = await changeMerchant(
      this.io.env,
      this.io.now(),
      {
        name: merchant.name,
        change,
        mayLoosen,
        secrets,
        references,
        check: !this.flags['no-check'] && (moved || Object.keys({ ...secrets, ...references }).length > 0),
        beforeStoring: (coming) => record.begin(doneBy(coming)),
      },
      this.requestOptions,
    )
    this.warnings.push(...warnings, ...(await record.end(doneBy(differences))))
    if (assignments.settings.some(({ setting }) => setting.key === 'outcomes'))
      this.warnings.push(...outcomeWarnings(after, null))
    return renderResult(before, after, { assignments, secrets, store: fromQuestions })
  }

  /**
   * Checks hosts: an unchanged secret goes only to its own host, and no secret goes to a host that was not confirmed
   * (G8).
   */
  async #assertHosts(
    name: string,
    change: (profile: Profile) => Profile,
    provided: Parameters<typeof movedSecrets>[2],
  ): Promise<void> {
    const allowed = allowedHosts(this.flags['allow-host'])
    const before = profileOf(await readProfiles(this.io.env), name)
    const after = change(before)
    const named = isMerchantTyped(this.argv) ? '' : ` -m ${name}`
    const command = [`mhloop merchant set${named}`, ...this.argv.map(shellWord)].join(' ')
    const moved = movedSecrets(this.io.env, { name, before, after }, provided)
    await refuseOtherHosts(this.io.env, moved, (bound) => `${command} ${renewedSecrets(bound)}`)
    const [was, is] = [assemble(name, before, 'profile').merchant, assemble(name, after, 'profile').merchant]
    const confirm: typeof this.confirm = (question, options) => this.confirm(question, options)
    await confirmHosts({ name, foreign: foreignHosts(was, is), allowed, yes: this.flags.yes, command }, confirm)
  }

  /** Asks before a change that allows more real refunds than before (G9). */
  async #mayLoosen(
    { merchant: { name }, journal }: FoundMerchant,
    change: (profile: Profile) => Profile,
  ): Promise<{ mayLoosen: boolean; record: ChangeRecord }> {
    const before = profileOf(await readProfiles(this.io.env), name)
    const after = assemble(name, change(before), 'profile').merchant
    const loosened = loosenedMoney(assemble(name, before, 'profile').merchant, after)
    const record = await openRecord({
      io: this.io,
      open: () => this.journal(),
      merchants: [{ name, journal }],
      loosens: loosened !== null,
    })
    if (loosened === null) return { mayLoosen: false, record }
    await this.confirm(moneyQuestion(after, loosened), { yes: this.flags.yes, typed: name })
    return { mayLoosen: true, record }
  }

  async #secrets(merchant: string, assignments: Assignments): Promise<ProvidedSecrets> {
    const provided: ProvidedSecrets = {}
    for (const { name } of assignments.secrets.filter(({ from }) => from === 'stdin')) {
      provided[name] = readSecret(name, await readSource(this.io, '-', this.signal))
    }
    const fromQuestions = assignments.secrets.filter(({ from }) => from === 'question')
    const answers = await this.inputs(
      Object.fromEntries(
        fromQuestions.map(({ name }) => {
          const { title, key } = secretTitles[name]
          const missing = `the ${title} (pipe it in: mhloop merchant set -m ${merchant} ${key} -)`
          const validate = (text: string) => checkSecret(text, name)
          return [name, { value: undefined, missing, message: `${title} (hidden)`, secret: true, validate }]
        }),
      ),
    )
    for (const { name } of fromQuestions) provided[name] = readSecret(name, answers[name] ?? '')
    return provided
  }
}

function renderResult(
  before: Merchant,
  after: Merchant,
  { assignments, secrets, store }: { assignments: Assignments; secrets: ProvidedSecrets; store: StoreKind | null },
): Result {
  const changes = assignments.settings.map(({ setting }) => ({
    setting,
    before: settingOf(before, setting),
    after: settingOf(after, setting),
  }))
  const { references } = assignments
  const names = secretNames.filter((name) => secrets[name] ?? references[name])
  return {
    data: {
      name: after.name,
      changed: changes.map(({ setting, ...values }) => ({ key: camel(setting.key), ...values })),
      secrets: names,
    },
    view(page) {
      page.line(strong(after.name), dim(` · ${after.environment}`))
      page.fields([
        ...changes.map((change) => [change.setting.key, arrow(change.setting, change)] as const),
        ...names.map((name) => [secretTitles[name].key, references[name] ?? 'replaced'] as const),
        ...(store === null ? [] : [['secrets', `stored in the ${store}`] as const]),
      ])
    },
  }
}

function arrow(setting: Setting, change: { before: unknown; after: unknown }) {
  const [before, after] = [settingText(setting, change.before), settingText(setting, change.after)]
  return before === after ? [after, dim(' (unchanged)')] : [dim(`${before} → `), after]
}
