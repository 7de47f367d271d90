import * as Args from '@oclif/core/args'
import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { yesFlag } from '../../cli/input/flags.ts'
import { openRecord } from '../../cli/merchants/change-record.ts'
import { strong } from '../../cli/output/styled.ts'
import { onFault } from '../../core/errors/on-fault.ts'
import type { Profile } from '../../merchants/profiles/profile.ts'
import { profileOf, readProfiles } from '../../merchants/profiles/profiles.ts'
import { secretTitles } from '../../merchants/secrets/credentials.ts'
import { storeOf } from '../../merchants/stores/stores.ts'
import { removeMerchant } from '../../usecases/merchants/add-merchant.ts'
import { unlessOutOfReach } from '../../usecases/merchants/secrets-out-of-reach.ts'

export default class MerchantRemove extends MerchantCommand<typeof MerchantRemove> {
  static override summary = 'Remove a merchant: its profile and its secrets'
  static override description =
    `Deletes its profile and its secrets on this machine after a confirmation; for a production merchant you must type its name.
Changes nothing at Loop or MasonHub: webhooks and callbacks that \`merchant connect\` registered stay there; only \`merchant disconnect\` removes them, so run that first. The journal keeps its records: paid refunds stay on record.

Exit codes: 0 removed, 5 no such merchant, 9 not confirmed.`
  static override examples = [
    '<%= config.bin %> merchant disconnect -m acme-test && <%= config.bin %> merchant remove acme-test',
    '<%= config.bin %> merchant remove acme-test',
    '<%= config.bin %> merchant remove acme-test --yes',
  ]

  static override args = { name: Args.string({ description: 'Which one', required: true }) }
  static override flags = { ...yesFlag }

  async perform(): Promise<Result> {
    const { name } = this.args
    const profile = profileOf(await readProfiles(this.io.env), name)
    const { environment, journal } = profile
    this.about(name)
    const isConnected = await this.#isConnected(name, profile)
    if (isConnected && !this.flags.yes) {
      await this.display((page) =>
        page.paragraph([
          `The registrations of ${name} at Loop and MasonHub would stay there and lead nowhere. To remove them first: `,
          strong(`mhloop merchant disconnect -m ${name}`),
        ]),
      )
    }
    await this.confirm(`Remove the ${environment} merchant ${name} and its secrets?`, {
      yes: this.flags.yes,
      typed: environment === 'production' ? name : null,
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
    if (isConnected) this.warnings.push(remainingAtVendors(name))
    if (secrets === null) this.warnings.push(remainingInKeychain(name))
    const titles = (secrets ?? []).map((secret) => secretTitles[secret].title)
    return {
      data: { name, environment, wasCurrent, secrets: secrets ?? [] },
      warnings: wasCurrent ? ['It was the current merchant; select another: mhloop merchant use NAME'] : [],
      view: (page) =>
        page.paragraph([
          'Removed ',
          strong(name),
          secrets === null ? '.' : titles.length === 0 ? '; it had no secrets.' : `, with its ${titles.join(', ')}.`,
        ]),
    }
  }

  /**
   * Whether the merchant is connected, as far as this machine knows: `merchant connect` makes its endpoint's key, which
   * stays after `merchant disconnect`.
   */
  async #isConnected(name: string, profile: Profile): Promise<boolean> {
    const stored = await unlessOutOfReach(() => storeOf(this.io.env, profile).list(name))
    if (stored !== null && stored.receiverKey === undefined && profile.secrets?.receiverKey === undefined) return false
    const last = async () => {
      const { changes } = await this.journal()
      return (await changes.find({ merchants: [name], settings: ['registrations'], limit: 1 }))[0]?.what
    }
    return (await last().catch(onFault(() => undefined))) !== 'disconnected'
  }
}

function remainingInKeychain(name: string): string {
  return `The keychain does not answer, so the secrets of ${name} stay in it, as entries of the service mhloop whose accounts begin with ${name}/. Remove them with the keychain's own program, or replace the keys at the vendors.`
}

function remainingAtVendors(name: string): string {
  return `The registrations of ${name} at Loop and MasonHub still exist and lead nowhere: mhloop merchant disconnect -m ${name} removes them only while the merchant is stored. Delete its webhooks in the Loop admin and its callbacks at MasonHub, or add it again with the same receiver key and disconnect it.`
}
