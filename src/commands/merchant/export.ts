import * as Args from '@oclif/core/args'
import { MhloopCommand, type Result } from '../../cli/command/base-command.ts'
import { printable } from '../../core/text/printable.ts'
import { profileOf, readProfiles } from '../../merchants/profiles/profiles.ts'

export default class MerchantExport extends MhloopCommand<typeof MerchantExport> {
  static override summary = 'Export the stored merchants as a YAML file that apply reads'
  static override description =
    `Reads the profiles and the list of stored secrets; writes only to stdout. For a secret it writes where it is referenced; one that is stored on this machine appears as a comment, with its age, and stays as it is when the file is applied here. Applied to the same machine, the file changes nothing; on another machine those secrets must be entered again.

Exit codes: 0, 5 no such merchant.`
  static override examples = [
    '<%= config.bin %> merchant export > merchants.yaml',
    '<%= config.bin %> merchant export acme acme-eu',
    "<%= config.bin %> merchant export --json | jq -r '.data.yaml'",
  ]
  static override strict = false
  static override args = { name: Args.string({ description: 'Merchants to export; default: all' }) }

  async perform(): Promise<Result> {
    const profiles = await readProfiles(this.io.env)
    for (const name of this.rest) profileOf(profiles, name)
    const names = this.rest.length > 0 ? [...new Set(this.rest)] : Object.keys(profiles.merchants).sort()
    const [{ exportedMerchants }, { writeMerchantsFile }] = await Promise.all([
      import('../../usecases/merchants/apply-merchants.ts'),
      import('../../merchants/apply/write-merchants-file.ts'),
    ])
    const yaml = writeMerchantsFile(await exportedMerchants(this.io.env, names))
    // Not as a view, which cuts long lines: another program reads this.
    if (!this.io.json)
      for (const line of yaml.trimEnd().split('\n'))
        this.io.stdout.write(`${printable(line, Number.POSITIVE_INFINITY)}\n`)
    return { data: { merchants: names, yaml } }
  }
}
