import { MhloopCommand, type Result } from '../../cli/command/base-command.ts'
import { formatFlag } from '../../cli/input/flags.ts'
import { listing } from '../../cli/output/listing.ts'
import { bad, dim, good } from '../../cli/output/styled.ts'
import { listMerchants, type MerchantSummary } from '../../usecases/merchants/list-merchants.ts'

export default class MerchantList extends MhloopCommand<typeof MerchantList> {
  static override summary = 'All merchants, and which one is current'
  static override description =
    `Reads the profiles and checks which secrets exist; contacts no vendor. The merchant from environment variables is listed as env.

Exit codes: 0, even if there are none; 2 a file can't be used.`
  static override examples = [
    '<%= config.bin %> merchant list',
    "<%= config.bin %> merchant list --json | jq -r '.data.merchants[].name'",
    '<%= config.bin %> merchant list --format csv > merchants.csv',
  ]

  static override flags = { ...formatFlag }

  async perform(): Promise<Result> {
    const merchants = await listMerchants(this.io.env)
    return {
      data: { merchants },
      listing: listing<MerchantSummary>({
        columns: [
          { key: 'name', title: 'Merchant', value: ({ name }) => name },
          { key: 'environment', title: 'Environment', value: ({ environment }) => environment },
          { key: 'slug', title: 'Slug', value: ({ slug }) => slug },
          { key: 'refunds', title: 'Refunds', value: ({ refunds }) => (refunds ? good('on') : dim('off')) },
          {
            key: 'credentials',
            title: 'Credentials',
            value: ({ missing, problem }) => {
              if (problem !== null) return bad(problem)
              return missing.length === 0 ? 'complete' : bad(`missing ${missing.join(', ')}`)
            },
          },
          { key: 'current', title: 'Current', value: ({ current }) => (current ? good('yes') : '') },
        ],
        rows: merchants,
        empty: 'There are no merchants yet. Add one: mhloop merchant add NAME',
      }),
    }
  }
}
