import type { Check } from '../../core/doctor/check.ts'
import type { CheckCode } from '../../core/doctor/codes.ts'
import { because, fail, failureOf, type Verdict } from '../../core/doctor/verdict.ts'
import { exitCodes, Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'

/** The definition of one check: what it needs, and how it gets its verdict. */
export type CheckOf<Context> = {
  code: CheckCode
  /** Codes of checks that must not fail: if one fails, this check is skipped and names it. */
  needs?: readonly CheckCode[]
  run(context: Context): Verdict | Promise<Verdict>
}

type TimedVerdict = Verdict & {
  milliseconds: number
  /** The failed check that blocked this one; null: none did. */
  root: CheckCode | null
}

/** Verdicts by code; each is made when it is first asked for, and only once. */
export type Run = { verdictOf(code: CheckCode): Promise<TimedVerdict> | null }

/** Thrown by a check that can't look because of what another check found. */
export class Blocked extends Error {
  readonly code: CheckCode
  readonly fault: Fault
  constructor(code: CheckCode, fault: Fault) {
    super(`blocked by ${code}`)
    this.code = code
    this.fault = fault
  }
}

/** A reading whose failure another check reports: any Fault, or only those with `faultCode`. */
export function blockedBy<Result>(
  code: CheckCode,
  read: () => Promise<Result>,
  faultCode?: string,
): () => Promise<Result> {
  return async () => {
    try {
      return await read()
    } catch (error) {
      const isExpected = error instanceof Fault && (faultCode === undefined || error.code === faultCode)
      throw isExpected ? new Blocked(code, error) : error
    }
  }
}

/** A run of these checks; a needed check that is not among them is taken from `outer`. */
export function runOf<Context>(context: Context, checks: readonly CheckOf<Context>[], outer?: Run): Run {
  const table = new Map(checks.map((check) => [check.code, check]))
  const verdicts = new Map<CheckCode, Promise<TimedVerdict>>()
  const run: Run = {
    verdictOf(code) {
      const check = table.get(code)
      if (check === undefined) return outer?.verdictOf(code) ?? null
      const known = verdicts.get(code) ?? runCheck(run, check, context)
      verdicts.set(code, known)
      return known
    },
  }
  return run
}

async function runCheck<Context>(run: Run, check: CheckOf<Context>, context: Context): Promise<TimedVerdict> {
  const begun = performance.now()
  const verdict = await verdictOf(run, check, context)
  return { ...verdict, milliseconds: Math.round(performance.now() - begun) }
}

async function verdictOf<Context>(
  run: Run,
  check: CheckOf<Context>,
  context: Context,
): Promise<Omit<TimedVerdict, 'milliseconds'>> {
  for (const code of check.needs ?? []) {
    const needed = await run.verdictOf(code)
    const root = needed?.root ?? (needed?.status === 'fail' ? code : null)
    if (root !== null) return { ...because(root), root }
  }
  try {
    return { ...(await check.run(context)), root: null }
  } catch (error) {
    if (error instanceof Blocked) return await blockerOf(run, error)
    return { ...verdictOfThrown(error), root: null }
  }
}

/** The other check must really have failed: otherwise a failure that no check reports would look like health. */
async function blockerOf(run: Run, { code, fault }: Blocked): Promise<Omit<TimedVerdict, 'milliseconds'>> {
  const blocker = await run.verdictOf(code)
  const root = blocker?.root ?? (blocker?.status === 'fail' ? code : null)
  return root === null ? { ...failureOf(fault), root: null } : { ...because(root), root }
}

/** A check that throws has failed; the others go on. */
function verdictOfThrown(error: unknown): Verdict {
  if (error instanceof Fault) return failureOf(error)
  const name = error instanceof Error ? error.name : typeof error
  return fail(
    `Internal error in mhloop (${printable(name, 60)}); your set-up is not the cause.`,
    'Run mhloop doctor --verbose again, and report its output together with that of mhloop version',
    exitCodes.ours,
  )
}

/** The verdicts of these codes, and of the checks that blocked them. */
export async function verdictsOf(
  run: Run,
  codes: readonly CheckCode[],
  onProgress: () => void,
): Promise<(Verdict & Pick<Check, 'milliseconds'> & { code: CheckCode })[]> {
  const outcome = await Promise.all(
    codes.map(async (code) => {
      const verdict = await run.verdictOf(code)
      onProgress()
      return verdict === null ? [] : [{ code, verdict }]
    }),
  )
  const found = new Map(outcome.flat().map(({ code, verdict }) => [code, verdict]))
  for (const { root } of [...found.values()]) {
    const blocker = root === null || found.has(root) ? null : await run.verdictOf(root)
    if (root !== null && blocker !== null) found.set(root, blocker)
  }
  return [...found].map(([code, { root: _, ...verdict }]) => ({ ...verdict, code }))
}
