import * as Flags from '@oclif/core/flags'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { dryRunFlag, yesFlag } from '../../cli/input/flags.ts'
import { foreseen, notAllowedFault, type Refusal } from '../../cli/merchants/apply-permissions.ts'
import { type Done, openRecord } from '../../cli/merchants/change-record.ts'
import { allowedHosts, allowHostFlag } from '../../cli/merchants/host-permissions.ts'
import { credentialFlags, moneyQuestion, requestedStoreKind, storeFlag } from '../../cli/merchants/merchant-flags.ts'
import { readMerchants } from '../../cli/merchants/read-merchants.ts'
import { dim, good } from '../../cli/output/styled.ts'
import { merchantChanges } from '../../cli/views/merchants/merchant-changes.ts'
import { notAllowed, type Permissions } from '../../merchants/apply/apply-permissions.ts'
import { type MerchantDifference, type MerchantPlan, moneyOf } from '../../merchants/apply/plan-merchants.ts'
import { secretsOfOtherHosts } from '../../merchants/secrets/secrets-of-other-hosts.ts'
import type { ApplyPlan } from '../../usecases/merchants/apply-merchants.ts'

type Output = {
  dryRun: boolean
  merchants: { name: string; action: MerchantPlan['action']; changes: MerchantDifference[] }[]
  added: number
  changed: number
  removed: number
  unchanged: number
  /** Stored merchants that are not in the file and stay. */
  unlisted: string[]
  /** Whether both vendors were asked about new or changed credentials. */
  checked: boolean
  /**
   * Why applying the file would be refused. Set only by a dry run without --check, which reads no store and contacts no
   * vendor to find out.
   */
  refusals: Refusal[]
}

export default class MerchantApply extends MerchantCommand<typeof MerchantApply> {
  static override summary = 'Add and change merchants as a YAML file says'
  static override description =
    `Reads the file, shows the differences merchant by merchant, checks new or moved credentials with both vendors, and stores everything or nothing. Whatever the file leaves out takes its default; applying it again changes nothing. Merchants that are not in the file stay, unless --prune is given.

Each merchant has the keys of \`merchant set\`, and reasons, store and secrets:

  merchants:
    acme:
      environment: sandbox
      slug: acme-test
      destinations: [4711, 4712]
      cutoff: 2026-10-01
      refunds: off
      store: keychain
      reasons:
        - { parent: Size, reason: Too small, code: tooSmall }
      secrets:
        loop-api-key: env:ACME_LOOP_API_KEY
        masonhub-token: command:op read op://Returns/acme/token

The file never contains a secret itself, only where to find it: env:NAME, file:PATH, keychain:, keychain:SERVICE/ACCOUNT, or command:PROGRAM ARGUMENTS (run without a shell). Secrets that are not mentioned stay as they are.

--dry-run reads only the file and the profiles: it follows no reference, runs no command and contacts no vendor, so it is safe for a file from someone else. With --check it does all of that: the file's commands run, and keys go to the file's hosts.

Being able to change the file must not mean being able to decide what runs on this machine: a new or changed command: needs --allow-command. The same applies to where keys go: a host that is neither the vendor's own (*.loopreturns.com for Loop, *.masonhub.co for MasonHub) nor this machine needs --allow-host HOST, when it is new and when another secret is to go there. And for one merchant to use what mhloop stores for another, it needs --allow-reference. Without these flags nothing is run, sent or stored; --dry-run reports all of it.

An unchanged secret, stored or referenced, goes only to the host that it was given for (code 4, SECRET_OF_OTHER_HOST). If the file names another host, first set host and secret with \`merchant set\`, or name another reference in the file; no flag overrides this.

You must type the merchant's name before it allows more real refunds than before (refunds on, higher limits, another environment, base URL or slug; in production, or with a Loop that is not on this machine), and before it removes a production merchant. Other removals ask for a plain yes.

Exit codes: 0 applied, or nothing to change, 2 invalid file, 4 a credential is missing, wrong, or belongs to another host, 6 the file asks for something that is not allowed, or another process changed the same merchant in the meantime, 7 a vendor is unreachable, 9 not confirmed.`
  static override examples = [
    '<%= config.bin %> merchant apply -f merchants.yaml --dry-run',
    '<%= config.bin %> merchant apply -f merchants.yaml --prune --yes',
    '<%= config.bin %> merchant apply -f merchants.yaml --allow-command',
    '<%= config.bin %> merchant apply -f merchants.yaml --allow-host mocks.example.com',
    '<%= config.bin %> merchant export | <%= config.bin %> merchant apply -f - --json',
  ]
  static override flags = {
    file: Flags.string({
      char: 'f',
      required: true,
      summary: 'YAML file; `-` reads standard input',
      helpValue: 'FILE',
    }),
    prune: Flags.boolean({ summary: 'Remove the merchants that are not in the file, with their secrets' }),
    'no-check': { ...credentialFlags['no-check'], exclusive: ['check'] },
    check: Flags.boolean({
      summary:
        "With --dry-run: also follow the file's references and contact both vendors; only for a file that you trust",
      dependsOn: ['dry-run'],
    }),
    'allow-command': Flags.boolean({
      summary: 'Allow programs (command:) in the file as sources of secrets; MHLOOP_ALLOW_COMMAND=1 does the same',
    }),
    ...allowHostFlag,
    'allow-reference': Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Allow a merchant of the file to use this entry that mhloop stores in the keychain; may be repeated',
      helpValue: 'REFERENCE',
    }),
    ...storeFlag,
    ...dryRunFlag,
    ...yesFlag,
  }

  async perform(): Promise<Result<Output>> {
    const { prune, 'dry-run': dryRun, 'no-check': unchecked, check } = this.flags
    const { env } = this.io
    const display: typeof this.display = (draw) => this.display(draw)
    const permissions = this.#permissions
    const declared = await readMerchants(this.io, this.flags.file, { signal: this.signal, display })
    const { prepareApply, checkApply, isChecked, applyPlans } = await import(
      '../../usecases/merchants/apply-merchants.ts'
    )
    const { refuseOtherHosts, refuseUnfinishedRotation } = await import('../../usecases/merchants/other-hosts.ts')
    const store = requestedStoreKind(this.flags.store)
    let plan = await prepareApply({
      env,
      declared,
      prune,
      store,
      asksKeychain: !dryRun || check,
      now: this.io.now(),
    })
    const isChanging = plan.plans.some(({ action }) => action !== 'unchanged')
    // Merely previewing a file from someone else must not run its commands, nor send a key to its hosts (G8).
    const isAsking = isChanging && !unchecked && (!dryRun || check) && plan.plans.some(isChecked)
    const missing = notAllowed(plan.plans, permissions)
    const moved = plan.plans.flatMap((one) => (one.action === 'changed' ? secretsOfOtherHosts(env, one) : []))
    if (!dryRun || check) {
      for (const one of plan.plans) if (one.action === 'changed') await refuseUnfinishedRotation(env, one)
      await refuseOtherHosts(env, moved)
      if (missing.length > 0) throw notAllowedFault(this.argv, missing)
    }
    if (isAsking) {
      const progress = this.progress('Checking with both vendors', plan.plans.filter(isChecked).length)
      await checkApply(env, plan, this.requestOptions, () => progress.advance())
    }
    if (isChanging && !dryRun) {
      const { plans } = plan
      const record = await openRecord({
        io: this.io,
        open: () => this.journal(),
        merchants: plans.map((one) => ({ name: one.name, journal: 'before' in one ? one.before.journal : null })),
        loosens: plans.some((one) => moneyOf(one) !== null),
      })
      await this.#confirm(plan)
      this.signal.throwIfAborted()
      await record.begin(plans.flatMap(doneOf))
      plan = { ...plan, plans: await applyPlans(env, plan) }
      this.warnings.push(...(await record.end(plan.plans.flatMap(doneOf))))
    }
    const result = renderResult(plan, { dryRun, checked: isAsking })
    if (!dryRun || check) return result
    const again = this.argv.filter((word) => word !== '--dry-run' && word !== '-n')
    const { refusals, warnings } = foreseen(again, { moved, missing })
    return { ...result, data: { ...result.data, refusals }, warnings: [...(result.warnings ?? []), ...warnings] }
  }

  get #permissions(): Permissions {
    return {
      commands: this.flags['allow-command'] || this.io.env.MHLOOP_ALLOW_COMMAND === '1',
      hosts: allowedHosts(this.flags['allow-host']),
      references: this.flags['allow-reference'] ?? [],
    }
  }

  /**
   * Asks once for each merchant to which the file allows more refunds, once for each production merchant that it
   * removes, and once for the other removals (F66).
   */
  async #confirm({ plans }: ApplyPlan): Promise<void> {
    const { yes } = this.flags
    const removed = plans.filter((plan) => plan.action === 'removed')
    const touching = plans.filter((plan) => moneyOf(plan) !== null)
    if (removed.length + touching.length === 0) return
    if (!yes) await this.display((page) => merchantChanges(page, plans))
    for (const plan of plans) {
      const loosened = moneyOf(plan)
      if (loosened === null || !('merchant' in plan)) continue
      await this.confirm(moneyQuestion(plan.merchant, loosened), { yes, typed: plan.name })
    }
    for (const { name, before } of removed.filter(({ before }) => before.environment === 'production')) {
      await this.confirm(`Remove the ${before.environment} merchant ${name} and its secrets?`, { yes, typed: name })
    }
    const others = removed.filter(({ before }) => before.environment !== 'production').map(({ name }) => name)
    if (others.length > 0) await this.confirm(`Remove ${others.join(', ')} and their secrets?`, { yes })
  }
}

function doneOf(plan: MerchantPlan): Done[] {
  const { action, name: merchant } = plan
  switch (action) {
    case 'unchanged':
      return []
    case 'removed':
      return [{ merchant, what: 'removed' }]
    case 'added':
      return [{ merchant, what: 'added', differences: plan.differences }]
    case 'changed':
      return [{ merchant, what: 'set', differences: plan.differences }]
  }
}

function renderResult(
  { plans, unlisted }: ApplyPlan,
  { dryRun, checked }: { dryRun: boolean; checked: boolean },
): Result<Output> {
  const count = (action: MerchantPlan['action']) => plans.filter((plan) => plan.action === action).length
  const data: Output = {
    dryRun,
    merchants: plans.map((plan) => ({
      name: plan.name,
      action: plan.action,
      changes: plan.action === 'added' || plan.action === 'changed' ? plan.differences : [],
    })),
    added: count('added'),
    changed: count('changed'),
    removed: count('removed'),
    unchanged: count('unchanged'),
    unlisted,
    checked,
    refusals: [],
  }
  const isChanging = data.added + data.changed + data.removed > 0
  return {
    data,
    warnings:
      isChanging && !checked && !dryRun
        ? ['The credentials were not checked. To check them: mhloop doctor --all-merchants']
        : [],
    view(page) {
      if (isChanging) {
        merchantChanges(page, plans)
        page.blank()
      }
      page.line(...summary(data, isChanging))
      if (unlisted.length > 0) page.paragraph(dim(`Not in the file, and left unchanged: ${unlisted.join(', ')}.`))
    },
  }
}

function summary({ dryRun, added, changed, removed, unchanged, checked }: Output, isChanging: boolean) {
  if (!isChanging)
    return [
      good('No changes'),
      `: ${unchanged === 1 ? '1 merchant is' : `${unchanged} merchants are`} as the file says.`,
    ]
  const counts = Object.entries({ added, changed, removed, unchanged }).filter(([, number]) => number > 0)
  const text = counts.map(([word, number]) => `${number} ${word}`).join(', ')
  if (dryRun) return [`${text}. Nothing was stored (--dry-run).`]
  return [good('Applied'), `: ${text}${checked ? '; both vendors accept the credentials' : ''}.`]
}
