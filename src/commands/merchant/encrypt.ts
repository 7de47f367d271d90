import type { Result } from '../../cli/command/base-command.ts'
import { MerchantCommand } from '../../cli/command/merchant-command.ts'
import { say } from '../../cli/errors/report.ts'
import { yesFlag } from '../../cli/input/flags.ts'
import { openRecord } from '../../cli/merchants/change-record.ts'
import { dim } from '../../cli/output/styled.ts'
import { secretTitles } from '../../merchants/secrets/credentials.ts'
import { encryptRecords, type PlainRecord, plainRecords } from '../../merchants/stores/file-store.ts'

export default class MerchantEncrypt extends MerchantCommand<typeof MerchantEncrypt> {
  static override summary = 'Encrypt the credentials file with the passphrase, for the first time'
  static override description =
    `Reads credentials.json, lists what is in it, and after a confirmation encrypts all of it. Only for a file that is older than the
passphrase: new files are encrypted from the first secret on. Once a passphrase is set, mhloop uses no unencrypted file,
because someone may have replaced yours; so make sure that the listed secrets are the ones you stored.

The passphrase comes from MHLOOP_CREDENTIALS_PASSPHRASE, from the file that MHLOOP_CREDENTIALS_PASSPHRASE_FILE names, or from
systemd's credential mhloop-passphrase. The journal records who encrypted the file (merchant history).

Exit codes: 0 encrypted now or before; 1 an internal error; 2 wrong usage; 4 no passphrase, or a wrong one; 6 the file has changed in the meantime; 9 not confirmed.`
  static override examples = ['<%= config.bin %> merchant encrypt', '<%= config.bin %> merchant encrypt --yes --json']

  static override flags = { ...yesFlag }

  async perform(): Promise<Result> {
    const { place, records } = await plainRecords(this.io.env)
    const data = { place, encrypted: records }
    if (records.length === 0) {
      return { data, view: (page) => page.line(`Nothing to encrypt: ${place} contains no unencrypted secret.`) }
    }
    for (const record of records) say(this.io, described(record))
    const secrets = records.length === 1 ? '1 secret' : `${records.length} secrets`
    await this.confirm(`Encrypt the ${secrets} above in ${place}?`, { yes: this.flags.yes })
    const record = await openRecord({ io: this.io, open: () => this.journal(), merchants: [], loosens: false })
    const merchants = [...new Set(records.map(({ merchant }) => merchant))]
    const differences = [{ key: 'credentials-file', before: 'open', after: 'encrypted' }]
    const done = merchants.map((merchant) => ({ merchant, what: 'encrypted', differences }))
    await record.begin(done)
    await encryptRecords(this.io.env, records)
    this.warnings.push(...(await record.end(done)))
    return {
      data,
      view: (page) =>
        page.paragraph([`Encrypted ${secrets}. `, dim('From now on they can be read only with the passphrase.')]),
    }
  }
}

function described({ merchant, name, since }: PlainRecord): string {
  const title = name in secretTitles ? secretTitles[name as keyof typeof secretTitles].title : name
  return `${merchant}: ${title}, since ${since.slice(0, 10)}`
}
