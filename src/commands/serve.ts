import { readFile } from 'node:fs/promises'
import * as Flags from '@oclif/core/flags'
import type { Result } from '../cli/command/base-command.ts'
import { MerchantCommand } from '../cli/command/merchant-command.ts'
import { operator } from '../cli/command/operator.ts'
import { unlessAborted } from '../cli/command/unless-aborted.ts'
import { usageFault } from '../cli/errors/command-faults.ts'
import { merchantFlag } from '../cli/input/flags.ts'
import { createLog, loggedOnly } from '../cli/io/log.ts'
import { ioOf } from '../cli/io/process-io.ts'
import { exitCodes } from '../core/errors/fault.ts'
import { printable } from '../core/text/printable.ts'
import { shellWord } from '../core/text/shell-word.ts'
import type { Journal } from '../journal/journal.ts'
import type { EndpointCredentials } from '../merchants/profiles/merchant.ts'
import type { MerchantNow } from '../merchants/profiles/watch-merchants.ts'
import type { Endpoint } from '../receiver/receiver.ts'
import type { Candidate } from '../usecases/serve/roster.ts'

const anyPort = 0
const highestPort = 65_535

export default class Serve extends MerchantCommand<typeof Serve> {
  static override summary = 'Run the integration unattended: webhooks, callbacks, polls, refunds and flags'
  static override description =
    `Keeps every stored merchant (or the given one) in sync until it is stopped. It stores Loop's webhooks and MasonHub's callbacks before it answers them, and uses them only as a signal to read a return now; recurring pulls and polls reach the same result when messages are lost. Sends RMAs to MasonHub and refunds and flags to Loop, by the same rules as \`asn sync\` and \`rma resolve\`.

Merchants may be added, changed and removed while it runs: it follows within 15 seconds, and changed settings apply to the very next decision. Without any merchant it waits. A merchant that can't be served is reported in the log, in /readyz and in the metrics, and the others continue; with --require-all, serve does not start then.

Listens on loopback by default: put a TLS proxy in front, or give --tls-cert and --tls-key. That address accepts messages and answers /healthz. Monitoring uses a second address, meant for loopback or a private network: /readyz and /metrics on --watch-host and --watch-port. The log is JSON lines on stderr. SIGTERM or Ctrl-C finishes the request in flight and exits within 5 seconds, or the log says what it waits for; a second signal exits at once.

Exit codes: 0 stopped, 130 stopped before it had started, 1 an internal error, 2 wrong usage, 4 credentials missing and 5 no such merchant (for --merchant and --require-all).`
  static override examples = [
    '<%= config.bin %> serve',
    '<%= config.bin %> serve --merchant acme --port 8080 --no-resolve',
    '<%= config.bin %> serve --host 0.0.0.0 --port 443 --tls-cert cert.pem --tls-key key.pem --watch-port 9100',
  ]
  static override flags = {
    ...merchantFlag,
    host: Flags.string({ description: "Address to listen on for the vendors' messages", default: '127.0.0.1' }),
    port: Flags.integer({
      description: 'Port to listen on; 0 picks any free port',
      default: 4020,
      min: 0,
      max: highestPort,
    }),
    'watch-host': Flags.string({
      description: 'Address for monitoring: /readyz, /metrics and /healthz, without TLS',
      default: '127.0.0.1',
    }),
    'watch-port': Flags.integer({
      description: 'Port for monitoring; 0 picks any free port; default: the one after --port',
      min: 0,
      max: highestPort,
    }),
    'require-all': Flags.boolean({ description: "Do not start when a stored merchant can't be served" }),
    'no-poll': Flags.boolean({ description: 'Process events only: no recurring pulls and polls' }),
    'no-resolve': Flags.boolean({ description: 'Keep RMAs in sync, but send Loop no refunds and no flags' }),
    'tls-cert': Flags.string({ description: 'Certificate (PEM file)', helpValue: 'FILE', dependsOn: ['tls-key'] }),
    'tls-key': Flags.string({ description: 'Its private key (PEM file)', helpValue: 'FILE', dependsOn: ['tls-cert'] }),
  }

  /** Everything written to stderr becomes a line of the log (H27). */
  override readonly io = loggedOnly(ioOf(this.config, this.argv))

  async perform(): Promise<Result> {
    this.#requireHosts()
    const [{ serve }, { watchMerchants }] = await Promise.all([
      import('../usecases/serve/serve.ts'),
      import('../merchants/profiles/watch-merchants.ts'),
    ])
    const watch = watchMerchants(this.io.env, this.flags.merchant ?? null)
    let seen: readonly MerchantNow[] = []
    // Secrets may come from a slow program; they are no longer awaited once the process stops (H30).
    const readMerchants = async () => {
      seen = await unlessAborted(this.signal, watch)
      return seen
    }
    const found = await readMerchants()
    this.#requireReadable(found)
    const journal = await unlessAborted(this.signal, () => this.journal())
    await this.#requireJournal(found, journal)
    const serving = await serve({
      readCandidates: async () => (await readMerchants()).map((found) => this.#candidate(found, journal)),
      renewEndpoint: async (merchant) => {
        const { findMerchant } = await import('../merchants/profiles/resolve-merchant.ts')
        const { readSecrets } = await findMerchant({ name: merchant, env: this.io.env })
        const { toEndpointCredentials } = await import('../merchants/secrets/credentials.ts')
        return endpointOf(
          merchant,
          toEndpointCredentials(await readSecrets(['receiverKey', 'loopWebhookSecret', 'callbackToken'])),
        )
      },
      journal,
      host: this.flags.host,
      port: this.flags.port,
      watch: { host: this.flags['watch-host'], port: this.flags['watch-port'] ?? portAfter(this.flags.port) },
      tls: await this.#tls(),
      poll: !this.flags['no-poll'],
      resolve: !this.flags['no-resolve'],
      actor: operator(this.io.env),
      signal: this.signal,
      now: () => this.io.now(),
      random: Math.random,
      log: createLog(this.io),
      lostLines: () => this.io.stderr.lost,
    })
    return await this.#renderResult(
      serving,
      seen.filter(({ endpoint }) => endpoint?.receiverKey).map(({ name }) => name),
    )
  }

  async #renderResult(
    { url, watchUrl, merchants, done }: Awaited<ReturnType<typeof import('../usecases/serve/serve.ts')['serve']>>,
    connected: string[],
  ): Promise<Result> {
    const served = merchants.filter(({ stopped }) => stopped === null).map(({ merchant }) => merchant)
    const closed = served.filter((name) => !connected.includes(name))
    const names = served.length > 0 ? served.join(', ') : 'no merchant yet (mhloop merchant add)'
    return {
      data: {
        url,
        watchUrl,
        merchants: served,
        connected: connected.filter((name) => served.includes(name)),
        stopped: merchants.flatMap(({ merchant, stopped }) => (stopped === null ? [] : [{ merchant, code: stopped }])),
      },
      warnings: closed.map(
        (name) =>
          `${name} is not connected, so it is served by polling only: mhloop merchant connect -m ${name} --url https://…`,
      ),
      exit: exitCodes.done,
      until: done,
      view(page) {
        page.line(`Serving ${names} at ${url}. Ctrl-C stops.`)
        page.line(`Monitoring: ${watchUrl}/readyz and ${watchUrl}/metrics`)
      },
    }
  }

  /** An unset variable of a script must not come to mean another address than the operator wants. */
  #requireHosts(): void {
    for (const flag of ['host', 'watch-host'] as const)
      if (this.flags[flag].trim() === '') throw usageFault(`--${flag} is empty.`, 'mhloop serve --help')
  }

  /** Whether serve refuses to start when a merchant can't be served: with --merchant or --require-all. */
  get #mustAll(): boolean {
    return this.flags.merchant !== undefined || this.flags['require-all']
  }

  #requireReadable(found: readonly MerchantNow[]): void {
    const broken = found.find(({ fault }) => fault !== null)
    if (this.#mustAll && broken?.fault) throw broken.fault
  }

  async #requireJournal(found: readonly MerchantNow[], journal: Journal): Promise<void> {
    const { untilUnlocked } = await import('../usecases/serve/until-unlocked.ts')
    const { signal } = this
    const log = createLog(this.io)
    for (const { resolved } of this.#mustAll ? found : []) {
      if (resolved === null) continue
      const assertOwn = () => unlessAborted(signal, () => this.assertJournal(resolved, journal, 'write'))
      await untilUnlocked(assertOwn, { signal, log })
    }
  }

  #candidate({ name, version, endpoint, resolved, fault }: MerchantNow, journal: Journal): Candidate {
    return {
      name,
      version,
      endpoint: endpoint === null ? null : endpointOf(name, endpoint),
      fault,
      open: async (signal) => {
        if (resolved === null) throw fault
        return await this.connected(resolved, journal, { stopping: signal })
      },
    }
  }

  async #certificate(path: string): Promise<string> {
    try {
      return await readFile(path, 'utf8')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      const why = code === 'ENOENT' ? 'no such file' : `it can't be read (${printable(String(code), 40)})`
      throw usageFault(`--tls-cert ${printable(path, 200)}: ${why}.`, `ls -l ${shellWord(path)}`)
    }
  }

  async #tls(): Promise<{ certificate: string; key: string } | null> {
    const { 'tls-cert': certificate, 'tls-key': key } = this.flags
    if (certificate === undefined || key === undefined) return null
    const [{ readSecretFile }, { resolve }] = await Promise.all([
      import('../merchants/references/secret-file.ts'),
      import('node:path'),
    ])
    // Read like a secret: anyone who reads the key can impersonate this address, and anyone who writes it can disable
    // the address (H12).
    const secret = await readSecretFile(resolve(key), this.io.env)
    if (secret === null) throw usageFault(`--tls-key ${printable(key, 200)}: no such file.`)
    return { certificate: await this.#certificate(certificate), key: secret.value }
  }
}

function portAfter(port: number): number {
  if (port === anyPort) return anyPort
  return port === highestPort ? port - 1 : port + 1
}

/** The merchant's endpoint; null for a merchant that was never connected, which is served by polling. */
function endpointOf(
  merchant: string,
  { receiverKey, loopWebhookSecrets, callbackTokens }: EndpointCredentials,
): Endpoint | null {
  if (receiverKey === null) return null
  const reveal = (secrets: readonly { reveal(): string }[]) => secrets.map((secret) => secret.reveal())
  return {
    merchant,
    key: receiverKey.reveal(),
    loopSecrets: reveal(loopWebhookSecrets),
    callbackTokens: reveal(callbackTokens),
  }
}
