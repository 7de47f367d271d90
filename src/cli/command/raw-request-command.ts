/**
 * The base of `api loop` and `api masonhub`: sends one request with the merchant's credentials and prints the answer as
 * it is.
 */
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type { Vendor } from '../../http/vendor-faults.ts'
import type { ResolvedMerchant } from '../../merchants/profiles/resolve-merchant.ts'
import type { RawAnswer, RawRequest } from '../../usecases/vendors/raw-request.ts'
import { usageFault } from '../errors/command-faults.ts'
import { merchantFlag, yesFlag } from '../input/flags.ts'
import { fieldsOf, methodOf, parseExactly, queryOf } from '../input/raw-input.ts'
import { readSource } from '../input/read-source.ts'
import { maskedBody, printableHeaders, readableBody } from '../output/raw-body.ts'
import type { Result } from './base-command.ts'
import { MerchantCommand } from './merchant-command.ts'
import { operator } from './operator.ts'

export const rawArgs = {
  method: Args.string({ required: true, description: 'GET, POST, PUT or DELETE' }),
  path: Args.string({ required: true, description: "Path after the merchant's base URL, with its query" }),
}

export const rawFlags = {
  ...merchantFlag,
  field: Flags.string({
    char: 'f',
    description: 'A text field; may be repeated. Goes into the query of a GET, otherwise into a JSON object',
    helpValue: 'KEY=VALUE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'typed-field': Flags.string({
    char: 'F',
    description: 'Like --field, but true, false, null and numbers keep their JSON type',
    helpValue: 'KEY=VALUE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  input: Flags.string({ description: 'The JSON body from a file; - reads standard input', helpValue: 'FILE' }),
  include: Flags.boolean({ char: 'i', description: 'Print the status and the headers that hold no secrets first' }),
  ...yesFlag,
}

/** The part that both descriptions share. */
export const rawRules = `PATH stays below the merchant's base URL. On a terminal, JSON is indented and everything is made safe to print; in a pipe, the body is unchanged. Tokens and endpoint keys in it are replaced by [secret].

GET is repeated while the vendor is busy. Any other request needs a confirmation (in production, the typed name of the merchant), is sent once, and is recorded in the history. A request that decides about a return or touches secrets is refused, and the message names the command to use instead.

Exit codes: 0 done, 2 wrong usage, 4 credentials (401, 403), 5 not found (404), 6 refused by the vendor (4xx) or by mhloop, 7 the vendor is down or limits requests (5xx, 429), 8 in doubt: a write that may have happened, 9 not confirmed.`

export abstract class RawRequestCommand extends MerchantCommand<typeof RawRequestCommand> {
  // Only declared: if this class defined these properties, they would hide the flags of every command from oclif's
  // help.
  declare static args: typeof rawArgs
  declare static flags: typeof rawFlags

  abstract readonly vendor: Vendor

  async perform(): Promise<Result> {
    const request = await this.#request()
    const { assertAllowed } = await import('../../usecases/vendors/raw-request.ts')
    const resolved = await this.merchant({ announce: request.method !== 'GET' })
    assertAllowed(request, resolved.merchant)
    if (request.method !== 'GET') await this.#ask(request, resolved)
    return this.#renderResult(await this.#send(request, resolved))
  }

  async #request(): Promise<RawRequest> {
    const { method: typed, path } = this.args
    const { field = [], 'typed-field': typedFields = [], input } = this.flags
    const method = methodOf(typed)
    const fields = fieldsOf(field, typedFields)
    const request = { vendor: this.vendor, method, path, query: {}, body: undefined }
    if (method === 'GET') {
      if (input !== undefined)
        throw usageFault('GET has no body: leave out --input.', `mhloop api ${this.vendor} --help`)
      return { ...request, query: queryOf(fields) }
    }
    if (input === undefined) return { ...request, body: fields.size === 0 ? undefined : Object.fromEntries(fields) }
    if (fields.size > 0) throw usageFault('Give the body by fields or by --input, not both.')
    const body = parseExactly(await readSource(this.io, input, this.signal))
    if (body === undefined) throw usageFault('The body is not valid JSON.', undefined, 'BODY_UNREADABLE')
    return { ...request, body }
  }

  async #ask({ method, path, body }: RawRequest, { merchant: { name, environment } }: ResolvedMerchant): Promise<void> {
    const bytes = body === undefined ? 0 : Buffer.byteLength(JSON.stringify(body))
    const question = `Send ${method} ${path.split('?', 1)[0]} with ${bytes} bytes for ${name} (${environment})?`
    await this.confirm(question, { yes: this.flags.yes, typed: environment === 'production' ? name : null })
  }

  async #send(request: RawRequest, resolved: ResolvedMerchant): Promise<RawAnswer> {
    const { merchant, credentials } = resolved
    // One read needs no journal: it works on a machine without one, and where the journal is damaged.
    const journal = request.method === 'GET' ? null : await this.journal()
    // A write belongs in the history of the merchant's own journal (G1).
    if (journal !== null) await this.assertJournal(resolved, journal, 'plan')
    const [{ connectLoop, connectMasonHub }, { readCredentials }, { readRaw, writeRaw }] = await Promise.all([
      import('../../usecases/vendors/vendor-clients.ts'),
      import('../../merchants/profiles/resolve-merchant.ts'),
      import('../../usecases/vendors/raw-request.ts'),
    ])
    const options = {
      ...this.requestOptions,
      renew: async () => readCredentials(resolved),
      // The rate limit that all processes share (F44).
      ...(journal === null ? {} : { permits: journal.permits }),
    }
    const { transport, close } =
      this.vendor === 'loop'
        ? await connectLoop(merchant.loop, credentials.loopApiKey, options)
        : await connectMasonHub(merchant.masonhub, credentials.masonhubToken, options)
    this.defer(close)
    if (journal === null) return await readRaw(transport, request, this.signal)
    return await writeRaw(transport, request, {
      merchant,
      journal,
      actor: operator(this.io.env),
      now: () => this.io.now(),
    })
  }

  /** Prints the body of an error answer, too; under --json only the error document is printed. */
  #renderResult({ answer, fault }: RawAnswer): Result {
    const body = maskedBody(answer.text)
    const headers = printableHeaders(answer.headers)
    if (!this.io.json) {
      if (this.flags.include) {
        const lines = [`HTTP ${answer.status}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)]
        this.io.stdout.write(`${lines.join('\n')}\n\n`)
      }
      this.io.stdout.write(this.io.stdout.isTTY ? readableBody(body) : body)
    }
    if (fault !== null) throw fault
    return { data: { status: answer.status, headers, body: parseExactly(body) ?? body } }
  }
}
