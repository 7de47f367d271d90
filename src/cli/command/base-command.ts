/**
 * The base of every command. A command looks like this:
 *
 *   export default class RmaShow extends MhloopCommand<typeof RmaShow> {
 *     static override summary = 'One return on both sides'
 *     static override description = 'Reads … Writes nothing. Exit codes: 0, 4, 5, 7.'
 *     static override examples = ['<%= config.bin %> rma show 99904598', '…']
 *     static override args = { id: Args.string({ required: true, description: '…' }) }
 *     static override flags = { ...merchantFlag }
 *     async perform(): Promise<Result<RmaShown>> {
 *       const { merchant, credentials } = await this.merchant()   // -m, MHLOOP_MERCHANT, `merchant use`, or Fault
 *       const journal = await openJournal(…); this.defer(() => journal.close())
 *       const shown = await (await import('../../usecases/returns/show-return.ts')).show(…, this.signal)
 *       return { data: shown, view: (page) => page.fields([['Return', strong(shown.returnId)]]) }
 *     }
 *   }
 *
 * - `data` is the JSON contract; the schema name comes from the command's id (`rma.show`). `exit` defaults to 0.
 * - Give `view` for people, or `listing: listing({ columns, rows, empty })` with `...formatFlag` for list commands.
 * - Throw `Fault`; never print, never exit, never touch process. `this.say(...)` is one line on stderr, and
 *   `await this.display((page) => …)` a page (neither under --json).
 * - `this.inputs({ name: { value, missing: '--name', ask } })` asks or names everything missing (exit 2);
 *   `this.confirm('Delete it?', { yes: this.flags.yes })` asks or refuses (exit 9); `typed: name` for severe ones.
 * - `this.signal` aborts at the first Ctrl-C: finish the request in flight, write the journal, return or throw.
 * - `this.progress('Reading returns', total?)` for anything over a second. `this.io.now()` is the clock.
 */
import type { Interfaces } from '@oclif/core'
import { Command } from '@oclif/core/command'
import * as Parser from '@oclif/core/parser'
import { type ExitCode, exitCodes, type Fault } from '../../core/errors/fault.ts'
import type { ResolvedMerchant } from '../../merchants/profiles/resolve-merchant.ts'
import type { VendorClientOptions } from '../../usecases/vendors/vendor-clients.ts'
import { interruptedFault, parserFault, toFault } from '../errors/command-faults.ts'
import { reportFault, say } from '../errors/report.ts'
import { sharedFlags } from '../input/flags.ts'
import { withEnvironment, withoutStdin, withSwitchesOff } from '../input/parser-input.ts'
import type { Io } from '../io/io.ts'
import { ioOf } from '../io/process-io.ts'
import { type Progress, startProgress } from '../io/progress.ts'
import { ask, type ConfirmationOptions, type Question, requireConfirmation } from '../io/questions.ts'
import { createPage, type Page } from '../output/page.ts'
import { type Result, writeResult } from '../output/result.ts'
import { dim, type Part, strong, warn } from '../output/styled.ts'

export type { Result } from '../output/result.ts'

export type CommandFlags<T extends typeof Command> = Interfaces.InferredFlags<typeof sharedFlags & T['flags']>
export type CommandArgs<T extends typeof Command> = Interfaces.InferredArgs<T['args']>

export abstract class MhloopCommand<T extends typeof Command> extends Command {
  static override baseFlags = sharedFlags

  readonly io: Io = ioOf(this.config, this.argv)
  protected flags!: CommandFlags<T>
  protected args!: CommandArgs<T>
  /** All arguments, for commands that take several ids. */
  protected rest: string[] = []
  /** Printed with the result, before the result's own warnings. */
  protected readonly warnings: string[] = []

  readonly #interrupt = new AbortController()
  readonly #closers: (() => unknown)[] = []
  readonly #progresses: Progress[] = []
  #merchantName: string | null = null

  /** Does the command's work. Returns the result; throws a Fault. */
  abstract perform(): Promise<Result>

  /** Aborts at the first SIGINT or SIGTERM. */
  protected get signal(): AbortSignal {
    return this.#interrupt.signal
  }

  /** Runs the command and writes its result; never throws. The caller owns the exit (main.ts). */
  override async run(): Promise<ExitCode> {
    const stopListening = this.io.onInterrupt(() => this.#interrupted())
    let exit: ExitCode
    try {
      await this.#readInput()
      if (this.signal.aborted) throw interruptedFault()
      exit = await this.#writeResult(await this.perform())
    } catch (error) {
      exit = this.#fail(error)
    }
    const closed = await this.#close()
    stopListening()
    return exit === exitCodes.done ? closed : exit
  }

  /** Registers a function that runs when the command ends, however it ends; last registered, first run. */
  protected defer(close: () => unknown): void {
    this.#closers.push(close)
  }

  /** Prints one line on stderr for people; nothing under --json. */
  protected say(...parts: Part[]): void {
    if (this.io.json) return
    this.#hush()
    say(this.io, ...parts)
  }

  /**
   * Prints a page on stderr for people, before a question or beside a list: stdout belongs to the result. Nothing under
   * --json.
   */
  protected async display(draw: (page: Page) => void): Promise<void> {
    if (this.io.json) return
    const page = createPage({ width: this.io.width, colour: this.io.stderr.colour })
    draw(page)
    const text = await page.text()
    this.#hush()
    this.io.stderr.write(text)
  }

  /**
   * The merchant to work for, with its credentials. With `announce`, its name and environment are the first line that
   * the operator sees (F66): every command that changes something says for which merchant.
   */
  protected async merchant(options: { announce?: boolean; name?: string } = {}): Promise<ResolvedMerchant> {
    const { resolveMerchant } = await import('../../merchants/profiles/resolve-merchant.ts')
    const name = options.name ?? (this.flags as Record<string, unknown>).merchant
    const requested = { env: this.io.env, ...(typeof name === 'string' ? { name } : {}) }
    const resolved = await resolveMerchant(requested, (chosen) => this.about(chosen))
    if (options.announce === true) {
      this.say(strong(resolved.merchant.name), dim(` · ${resolved.merchant.environment}`))
    }
    return resolved
  }

  /** Options of requests to vendors: environment (proxy), timeout, and the trace under --verbose. */
  protected get requestOptions(): Pick<VendorClientOptions, 'env' | 'onRequest' | 'timeout'> {
    const { timeout } = this.flags as { timeout?: number }
    return {
      env: this.io.env,
      ...(this.io.verbose ? { onRequest: (line: string) => this.say(line) } : {}),
      ...(timeout === undefined ? {} : { timeout }),
    }
  }

  /** Names the merchant in the JSON document, for commands that don't go through `merchant()`. */
  protected about(merchantName: string): void {
    this.#merchantName = merchantName
  }

  /** Asks for what is missing; when it can't ask, names all of it at once (exit 2). */
  protected inputs<K extends string>(questions: Record<K, Question>): Promise<Record<K, string>> {
    this.#hush()
    return ask(this.io, `mhloop ${this.#name} --help`, questions)
  }

  /**
   * Returns when the operator confirmed; otherwise throws (exit 9), and nothing was done. `typed` must be typed in
   * full.
   */
  protected confirm(question: string, options: ConfirmationOptions): Promise<void> {
    this.#hush()
    return requireConfirmation(this.io, question, options)
  }

  /** Shows count, rate and estimate on stderr, for anything over a second; silent when stderr is not a terminal. */
  protected progress(label: string, total?: number): Progress {
    const progress = startProgress(this.io, label, total)
    this.#progresses.push(progress)
    this.defer(() => progress.stop())
    return progress
  }

  /** Clears the progress line, so that the next output starts on its own line and a question is not overwritten. */
  #hush(): void {
    for (const progress of this.#progresses) progress.hush()
  }

  get #name(): string {
    return (this.id ?? '').replaceAll(':', ' ')
  }

  async #readInput(): Promise<void> {
    const flags = { ...this.ctor.baseFlags, ...this.ctor.flags } as Interfaces.FlagInput
    try {
      // Not this.parse: it would look for plugins' hooks first.
      const parsed = await Parser.parse(this.argv, {
        context: this,
        flags: withEnvironment(flags, this.io.env),
        args: withoutStdin(this.ctor.args),
        strict: this.ctor.strict,
        '--': true,
      })
      this.flags = withSwitchesOff(flags, parsed.flags) as CommandFlags<T>
      this.args = parsed.args as CommandArgs<T>
      // Not parsed.argv: oclif sorts it by first occurrence, which separates the pairs of `a 20 b 20`.
      this.rest = parsed.raw.flatMap((token) => (token.type === 'arg' ? [token.input] : []))
    } catch (error) {
      const known = Object.entries(flags).flatMap(([name, flag]) => [
        `--${name}`,
        ...(flag.char ? [`-${flag.char}`] : []),
      ])
      throw parserFault(error, { name: this.#name, flags: known, argv: this.argv })
    }
  }

  async #writeResult(result: Result): Promise<ExitCode> {
    this.#hush()
    const { lost, failure } = this.io.stderr
    if (lost > 0)
      this.warnings.push(`${lost} lines of diagnostics could not be written to standard error (${failure}).`)
    await writeResult(this.io, {
      schema: (this.id ?? '').replaceAll(':', '.'),
      format: String((this.flags as Record<string, unknown>).format ?? 'table'),
      merchant: result.merchant ?? this.#merchantName,
      result: { ...result, warnings: [...this.warnings, ...(result.warnings ?? [])] },
    })
    await result.until
    if (result.exit !== undefined) return result.exit
    return this.signal.aborted ? exitCodes.interrupted : exitCodes.done
  }

  #fail(error: unknown): ExitCode {
    const fault: Fault = toFault(error, this.signal.aborted)
    this.#hush()
    // The flags are undefined when parsing them failed.
    const { merchant: requested } = (this.flags ?? {}) as { merchant?: string }
    reportFault(this.io, fault, { workedFor: this.#merchantName, requested: requested ?? null })
    return fault.exit
  }

  async #close(): Promise<ExitCode> {
    let exit: ExitCode = exitCodes.done
    for (const close of this.#closers.toReversed()) {
      try {
        await close()
      } catch (error) {
        // The document is already written: a failed close may change the exit code, but never prints a second one.
        exit = exitCodes.ours
        say(this.io, warn('Warning: '), toFault(error, false).message)
      }
    }
    return exit
  }

  #interrupted(): void {
    if (this.signal.aborted) {
      this.io.abandon(exitCodes.interrupted)
      return
    }
    this.#hush()
    say(this.io, 'Finishing the request in flight… (Ctrl-C again stops at once)')
    this.#interrupt.abort()
  }
}
