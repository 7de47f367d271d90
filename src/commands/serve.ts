import { readFile } from 'node:fs/promises'
import { Flags } from '@oclif/core'
import type { Result } from '../cli/base-command.ts'
import { usageFault } from '../cli/faults.ts'
import { merchantFlag } from '../cli/flags.ts'
import { WorkplaceCommand } from '../cli/workplace-command.ts'
import { exitCodes } from '../core/fault.ts'
import { shown } from '../core/text.ts'
import { toDoorCredentials } from '../merchants/credentials.ts'
import type { ResolvedMerchant } from '../merchants/resolve.ts'
import type { Door } from '../receiver/receiver.ts'

export default class Serve extends WorkplaceCommand<typeof Serve> {
  static override summary = 'Run the integration unattended: webhooks, callbacks, polls, refunds and flags'
  static override description =
    `Keeps every stored merchant (or the one that is named) in step until it is stopped. Loop's webhooks and MasonHub's callbacks are stored first, answered after, and only make mhloop look at a return now; recurring pulls and polls bring everything to the same end when messages are lost. Sends RMAs to MasonHub and refunds and flags to Loop, by the same rules as \`asn sync\` and \`rma resolve\`.

Listens on loopback by default: put a TLS proxy in front, or give --tls-cert and --tls-key. /healthz, /readyz and /metrics answer there too. The log is JSON lines on stderr. SIGTERM or Ctrl-C finishes the request in flight.

Exit codes: 0 stopped, 1 a fault of ours, 2 wrong usage, 4 credentials missing, 5 no such merchant.`
  static override examples = [
    '<%= config.bin %> serve',
    '<%= config.bin %> serve --merchant acme --port 8080 --no-resolve',
    '<%= config.bin %> serve --host 0.0.0.0 --port 443 --tls-cert cert.pem --tls-key key.pem',
  ]
  static override flags = {
    ...merchantFlag,
    host: Flags.string({ description: 'Address to listen on', default: '127.0.0.1' }),
    port: Flags.integer({ description: 'Port to listen on; 0 takes any free one', default: 4020, min: 0, max: 65_535 }),
    'no-poll': Flags.boolean({ description: 'Work on events only: no recurring pulls and polls' }),
    'no-resolve': Flags.boolean({ description: 'Keep RMAs in step, but tell Loop nothing: no refunds, no flags' }),
    'tls-cert': Flags.string({ description: 'Certificate (PEM file)', helpValue: 'FILE', dependsOn: ['tls-key'] }),
    'tls-key': Flags.string({ description: 'Its private key (PEM file)', helpValue: 'FILE', dependsOn: ['tls-cert'] }),
  }

  async perform(): Promise<Result> {
    const resolved = await this.#merchants()
    const [{ serve }, { createLog }] = await Promise.all([
      import('../usecases/serve/serve.ts'),
      import('../cli/log.ts'),
    ])
    const journal = await this.journal()
    const workplaces = await Promise.all(resolved.map((one) => this.workplaceOf(one, journal)))
    const doors = (await Promise.all(resolved.map(doorOf))).flat()
    const serving = await serve({
      workplaces,
      doors,
      renewDoor: async (merchant) => {
        const one = resolved.find((found) => found.merchant.name === merchant)
        const [door] = one === undefined ? [] : await doorOf(one)
        return door ?? null
      },
      journal,
      host: this.flags.host,
      port: this.flags.port,
      tls: await this.#tls(),
      poll: !this.flags['no-poll'],
      resolve: !this.flags['no-resolve'],
      random: Math.random,
      log: createLog(this.io),
      lostLines: () => this.io.stderr.lost,
    })
    const names = workplaces.map(({ merchant }) => merchant.name)
    const closed = names.filter((name) => !doors.some(({ merchant }) => merchant === name))
    return {
      data: { url: serving.url, merchants: names, connected: doors.map(({ merchant }) => merchant) },
      warnings: closed.map(
        (name) =>
          `${name} is not connected, so it is served by polling alone: mhloop merchant connect -m ${name} --url https://…`,
      ),
      exit: exitCodes.done,
      until: serving.done,
      view: (page) => page.line(`Serving ${names.join(', ')} at ${serving.url}. Ctrl-C stops.`),
    }
  }

  /** All stored merchants, unless one is named or the environment makes one. */
  async #merchants(): Promise<ResolvedMerchant[]> {
    const [{ merchantNames }, { resolveMerchant }] = await Promise.all([
      import('../usecases/list-merchants.ts'),
      import('../merchants/resolve.ts'),
    ])
    const { env } = this.io
    if (this.flags.merchant !== undefined) return [await this.merchant()]
    const names = await merchantNames(env)
    if (names.length === 0) throw usageFault('There is no merchant to serve.', 'mhloop merchant add')
    return await Promise.all(names.map((name) => resolveMerchant({ name, env })))
  }

  async #tls(): Promise<{ certificate: string; key: string } | null> {
    const { 'tls-cert': certificate, 'tls-key': key } = this.flags
    if (certificate === undefined || key === undefined) return null
    const [{ readSecretFile }, { resolve }] = await Promise.all([
      import('../merchants/secret-file.ts'),
      import('node:path'),
    ])
    // Whoever reads it can be this address; whoever writes it can take the address away (H12).
    const secret = await readSecretFile(resolve(key), this.io.env)
    if (secret === null) throw usageFault(`--tls-key ${shown(key, 200)}: there is no such file.`)
    return { certificate: await readFile(certificate, 'utf8'), key: secret.value }
  }
}

/** A merchant that was never connected has no door: it is served by polling. */
async function doorOf({ merchant, readSecrets }: ResolvedMerchant): Promise<Door[]> {
  const secrets = await readSecrets(['receiverKey', 'loopWebhookSecret', 'callbackToken'])
  const { receiverKey, loopWebhookSecrets, callbackTokens } = toDoorCredentials(secrets)
  if (receiverKey === null) return []
  const reveal = (secrets: readonly { reveal(): string }[]) => secrets.map((secret) => secret.reveal())
  return [
    {
      merchant: merchant.name,
      key: receiverKey.reveal(),
      loopSecrets: reveal(loopWebhookSecrets),
      callbackTokens: reveal(callbackTokens),
    },
  ]
}
