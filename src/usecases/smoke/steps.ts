import type { Check } from '../../core/doctor/check.ts'
import { type ExitCode, exitCodes, Fault } from '../../core/errors/fault.ts'
import { forMerchant, type MerchantContext } from '../merchant-context.ts'

/** The result of a step. Default: ok, with nothing to do. A step that fails throws a Fault; its hint is the remedy. */
export type StepResult = { message: string; status?: 'ok' | 'warn' | 'skipped'; remedy?: string }

export type Steps = {
  readonly checks: readonly Check[]
  /** The exit code: the first failure's, 3 for a warning or anything that is not as it should be, else 0. */
  readonly exit: ExitCode
  /** Runs one step. It is skipped when an earlier one failed, or the run was interrupted. */
  step(code: string, work: () => Promise<StepResult>): Promise<void>
  /** Runs a step whatever happened before: for the clean-up. */
  always(code: string, work: () => Promise<StepResult>): Promise<void>
}

/** Exit codes that a script can act on; any other failure is a finding (docs/cli.md). */
const distinguished: readonly ExitCode[] = [
  exitCodes.credentials,
  exitCodes.vendorDown,
  exitCodes.inDoubt,
  exitCodes.notConfirmed,
]

/** Runs steps one after the other, each as a check; the first failure skips those behind it. */
export function stepsOf(context: Pick<MerchantContext, 'merchant' | 'clock' | 'signal' | 'progress'>): Steps {
  const { clock, signal, progress } = context
  const checks: Check[] = []
  let failed: { code: string; exit: ExitCode } | null = null

  async function run(code: string, work: () => Promise<StepResult>): Promise<void> {
    progress({ label: code, done: checks.length, total: null })
    const began = clock.now().getTime()
    const note = (result: Pick<Check, 'status' | 'message' | 'remedy'>) => {
      const milliseconds = Math.max(0, clock.now().getTime() - began)
      const remedy = forMerchant(context, result.remedy)
      checks.push({ code, merchant: context.merchant.name, ...result, remedy, milliseconds })
    }
    try {
      const { message, status = 'ok', remedy = null } = await work()
      note({ status, message, remedy })
    } catch (error) {
      if (signal.aborted && isAbort(error)) return note(interrupted)
      if (!(error instanceof Fault)) throw error
      failed ??= { code, exit: distinguished.includes(error.exit) ? error.exit : exitCodes.findings }
      note({ status: 'fail', message: error.message, remedy: error.hint })
    }
  }

  return {
    checks,
    get exit() {
      if (failed !== null) return failed.exit
      return checks.some(({ status }) => status === 'warn') ? exitCodes.findings : exitCodes.done
    },
    async step(code, work) {
      if (failed === null && !signal.aborted) return await run(code, work)
      const message = signal.aborted ? interrupted.message : `Not reached: ${failed?.code} failed.`
      await run(code, async () => ({ status: 'skipped', message }))
    },
    always: run,
  }
}

const interrupted = { status: 'skipped', message: 'Interrupted.', remedy: null } as const

function isAbort(error: unknown): boolean {
  if (!(error instanceof Fault)) return error instanceof Error && error.name === 'AbortError'
  return error.exit === exitCodes.vendorDown || error.exit === exitCodes.interrupted
}

/** The Fault of a step whose check found a problem. */
export function failure(message: string, remedy: string): Fault {
  return new Fault(message, { code: 'SMOKE_FAILED', hint: remedy })
}

/** Milliseconds between two reads of what may not show yet: short at first, then longer. */
const firstPause = 250
const longestPause = 5_000

/** Reads until `isThere`, for at most `timeout` milliseconds; returns the last reading. Throws when interrupted. */
export async function pollUntil<T>(
  context: Pick<MerchantContext, 'sleep' | 'signal'>,
  timeout: number,
  read: () => Promise<T>,
  isThere: (seen: T) => boolean,
): Promise<T> {
  let waited = 0
  let pause = firstPause
  for (;;) {
    const seen = await read()
    if (isThere(seen) || waited >= timeout) return seen
    context.signal.throwIfAborted()
    await context.sleep(pause)
    waited += pause
    pause = Math.min(pause * 2, longestPause)
  }
}
