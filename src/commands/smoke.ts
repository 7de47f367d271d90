import * as Flags from '@oclif/core/flags'
import type { Result } from '../cli/command/base-command.ts'
import { MerchantCommand } from '../cli/command/merchant-command.ts'
import { usageFault } from '../cli/errors/command-faults.ts'
import { junitFlag, merchantFlag, yesFlag } from '../cli/input/flags.ts'
import { doctorPage } from '../cli/views/doctor-page.ts'
import { proposalListing } from '../cli/views/returns/resolutions.ts'
import { counts } from '../core/doctor/check.ts'
import { exitCodes, Fault } from '../core/errors/fault.ts'
import type { LoopReturn } from '../core/returns/return.ts'
import { parseReference } from '../core/rmas/identifiers.ts'
import { printable } from '../core/text/printable.ts'
import { shellWord } from '../core/text/shell-word.ts'
import type { ResolvedMerchant } from '../merchants/profiles/resolve-merchant.ts'
import type { MerchantContext } from '../usecases/merchant-context.ts'
import type { Proposal } from '../usecases/resolve/proposal.ts'
import type { ReceiveEvent } from '../usecases/smoke/loop-return.ts'
import type { SmokeResult } from '../usecases/smoke/smoke.ts'
import type { SmokeRequest } from '../usecases/smoke/smoke-request.ts'

const events: Record<string, ReceiveEvent> = {
  full: 'receiveFull',
  partial: 'receivePartial',
  unexpected: 'receiveUnexpected',
}

export default class Smoke extends MerchantCommand<typeof Smoke> {
  static override summary = 'Run test RMAs through a sandbox account, from creation to decision, and clean up'
  static override description =
    `Creates four test RMAs at MasonHub (named mhloop-smoke-…, never with a label), reads them back, changes them, deletes one, lets MasonHub's data factory ship and receive the others (all, some, something else), shows what the rules would tell Loop, and deletes what can be deleted: received RMAs stay. Loop is only read.

--return ID uses one return in Loop that is your own test: it is synced, received by the data factory, and, after a confirmation, really refunded or flagged as the rules say. --yes confirms only what is clearly a test: a MasonHub sandbox, and mhloop-test in the order's name or in the comment of one of its items (or a Loop on this machine). For any other return you must type its id on a terminal before anything is created; otherwise it exits with 9.

A production account is refused (6) without --allow-production. With it, only one RMA is created, changed and deleted: the data factory is never called, and a refund requires the merchant's name to be typed, even with --yes.

Writes RMAs at MasonHub, the journal, and with --return to Loop. Exit codes: 0 all ok or skipped, 2 wrong usage, 3 a check failed or warned, 4 credentials, 6 production, 7 a vendor is down, 8 in doubt, 9 not confirmed, 130 interrupted (still cleaned up).`
  static override examples = [
    '<%= config.bin %> smoke -m acme',
    '<%= config.bin %> smoke --sku TEE-BLK-M --junit reports/smoke.xml --json',
    '<%= config.bin %> smoke --return 99904598 --receive partial',
    '<%= config.bin %> smoke --clean',
  ]
  static override flags = {
    ...merchantFlag,
    sku: Flags.string({
      description: 'SKU for the test RMAs; may be repeated; default: SKUs of recent returns, or else of the catalogue',
      multiple: true,
      helpValue: 'SKU',
    }),
    return: Flags.string({
      description: 'A test return in Loop, which is really refunded or flagged',
      helpValue: 'ID',
    }),
    receive: Flags.string({
      description: 'With --return: what the data factory delivers',
      options: Object.keys(events),
      dependsOn: ['return'],
    }),
    'allow-production': Flags.boolean({ description: 'Continue although this is a production account' }),
    keep: Flags.boolean({ description: 'Do not delete anything at the end', exclusive: ['clean'] }),
    clean: Flags.boolean({
      description: 'Only delete what interrupted runs left behind',
      exclusive: ['return', 'sku', 'keep'],
    }),
    ...junitFlag,
    ...yesFlag,
  }

  async perform(): Promise<Result> {
    const { clean, junit } = this.flags
    const returnId = this.flags.return === undefined ? null : idOf(this.flags.return)
    const { junitWriter } = await import('../cli/output/junit.ts')
    const writeJunit = await junitWriter(junit)
    const resolved = await this.merchant({ announce: true })
    const { name, environment } = resolved.merchant
    const production = environment === 'production'
    await this.#mayBegin(name, production, returnId)
    const progress = this.progress('Smoke')
    const context = await this.contextOf(resolved, await this.journal(), ({ label }) => {
      progress.restart(label)
      progress.advance(0)
    })
    const begun = this.io.now()
    const { cleanSmoke, smoke } = await import('../usecases/smoke/smoke.ts')
    const result = clean
      ? { run: null, ...(await cleanSmoke(context)) }
      : await smoke(context, await this.#request(context, returnId, resolved.readSecrets))
    await writeJunit({ command: 'smoke', at: begun.toISOString(), checks: result.checks })
    return this.#renderResult(result, (this.io.now().getTime() - begun.getTime()) / 1000)
  }

  #renderResult(
    { run, checks, left: remaining, exit }: Omit<SmokeResult, 'run'> & { run: string | null },
    seconds: number,
  ): Result {
    const interrupted = this.signal.aborted && exit !== exitCodes.inDoubt
    return {
      data: { run, checks, summary: counts(checks), left: remaining },
      ...(interrupted ? {} : { exit }),
      view: (page) => doctorPage(page, checks, seconds),
    }
  }

  /** Refuses everything that can be refused before the first request. */
  async #mayBegin(name: string, production: boolean, returnId: string | null): Promise<void> {
    if (production && !this.flags['allow-production']) {
      const command = ['mhloop smoke', ...this.argv.map(shellWord), '--allow-production'].join(' ')
      throw new Fault(`"${name}" is a production account: test RMAs would be mixed with real ones.`, {
        code: 'PRODUCTION_REFUSED',
        merchant: name,
        hint: `Use a sandbox account; if it must be this one: ${command}`,
      })
    }
    // Refuses to begin if a later question could not be answered.
    if (returnId !== null && !this.io.canPrompt && (production || !this.flags.yes)) {
      await this.confirm(`Resolve return ${returnId} in Loop as a test?`, { yes: production ? 'never' : false })
    }
    if (production) {
      const what = this.flags.clean ? 'Delete open test RMAs' : 'Create, change and delete a test RMA'
      await this.confirm(`${what} in the production account of ${name}?`, { yes: this.flags.yes, typed: name })
    }
  }

  async #request(
    context: MerchantContext,
    returnId: string | null,
    readSecrets: ResolvedMerchant['readSecrets'],
  ): Promise<SmokeRequest> {
    const { randomBytes } = await import('node:crypto')
    const event = events[this.flags.receive ?? 'full'] ?? 'receiveFull'
    const mayUse = (loopReturn: LoopReturn) => this.#mayUse(context, loopReturn)
    const mayResolve = (proposal: Proposal) => this.#mayResolve(context, proposal)
    return {
      skus: this.flags.sku ?? [],
      loopReturn: returnId === null ? null : { returnId, event, mayUse, mayResolve },
      keep: this.flags.keep,
      receiverKey: async () => (await readSecrets(['receiverKey'])).receiverKey?.value.reveal() ?? null,
      random: randomBytes(3).toString('hex'),
    }
  }

  /** Loop does not say which return is a test: unless this one clearly is, the operator must type its id (G14). */
  async #mayUse(context: MerchantContext, loopReturn: LoopReturn): Promise<void> {
    const { isClearlyTest, testMark } = await import('../usecases/smoke/clear-test.ts')
    if (isClearlyTest(context, loopReturn)) return
    const { returnId, orderName } = loopReturn
    const which = `return ${returnId} (${printable(orderName ?? 'no order name', 40)}) of ${context.merchant.name}`
    const why = `Nothing marks it as a test (${testMark} in an item's comment would).`
    const what = 'Its parcel would really be received, and it would really be refunded or flagged.'
    await this.confirm(`Use ${which} as a test? ${why} ${what}`, { yes: 'never', typed: returnId })
  }

  /** Shows what the rules decided, and asks; in production, --yes does not replace the typed merchant name (F66). */
  async #mayResolve(context: MerchantContext, proposal: Proposal): Promise<void> {
    const { name, environment } = context.merchant
    const { observation, decision } = proposal
    const production = environment === 'production'
    const yes = this.flags.yes && !production
    if (!yes) await this.display((page) => page.table(proposalListing([proposal])))
    const what = decision.action === 'refund' ? 'Refund' : 'Flag'
    await this.confirm(`${what} return ${observation.returnId} of ${name} in Loop?`, {
      yes,
      typed: production ? name : null,
    })
  }
}

function idOf(typed: string): string {
  const reference = parseReference(typed)
  if (reference.kind === 'return-id') return reference.returnId
  throw usageFault('--return needs the number in the Loop admin URL, or that URL.', 'mhloop smoke --return 99904598')
}
