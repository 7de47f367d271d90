import { mapWithLimit } from '../../core/concurrency/map-with-limit.ts'
import { unlessAborted } from '../../core/concurrency/until-aborted.ts'
import type { Check } from '../../core/doctor/check.ts'
import { type CheckCode, checkCodes, machineCodes, merchantCodes } from '../../core/doctor/codes.ts'
import { exitOf, type Verdict } from '../../core/doctor/verdict.ts'
import type { ExitCode } from '../../core/errors/fault.ts'
import { withMerchant } from '../../core/errors/next-command.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Env } from '../../merchants/files/config-folder.ts'
import { readProfiles } from '../../merchants/profiles/profiles.ts'
import { findMerchant } from '../../merchants/profiles/resolve-merchant.ts'
import { toCredentials } from '../../merchants/secrets/credentials.ts'
import { secretPlaces } from '../../merchants/secrets/secret-places.ts'
import { createVendorClients, type VendorClients } from '../vendors/vendor-clients.ts'
import { type CheckContext, checkContextOf } from './check-context.ts'
import { placedFiles } from './files.ts'
import { type Machine, machineChecks } from './machine.ts'
import { once } from './once.ts'
import { createProbes } from './probes.ts'
import { returnChecks } from './return-checks.ts'
import { blockedBy, type Run, runOf, verdictsOf } from './run.ts'
import { vendorChecks } from './vendor-checks.ts'

export type DoctorOptions = {
  env: Env
  /** Names of the merchants. Each is checked by itself, so that none hides another. */
  merchants: readonly string[]
  openJournal(): Promise<Journal>
  /** As given with --journal; otherwise MHLOOP_JOURNAL, or the default. */
  journalLocation?: string
  clock: { now(): Date }
  signal: AbortSignal
  /** Only these checks, and those that block them. */
  only?: readonly CheckCode[]
  /** Called after each check. */
  progress?(done: number, total: number): void
  /** Called with one line per request, for --verbose. */
  onRequest?: (line: string) => unknown
  /** Seconds that a request may take (`--timeout`). */
  timeout?: number
  /** How to create a merchant's clients; tests bring their own. */
  connect?: typeof createVendorClients
  node?: Machine['node']
}

export type Report = {
  /** Checks of this machine first, then merchant by merchant, each in the order of the codes. */
  checks: Check[]
  exit: ExitCode
}

/** These checks say why there is no merchant to check. */
const checksWithoutMerchant: readonly CheckCode[] = ['machine.files', 'machine.environment']
/** How many merchants are checked at once; each has a handful of requests in flight. */
const merchantsAtOnce = 6
/** Milliseconds: a vendor that takes longer is reported as too slow, long before a sync would give up. */
const timeouts = { attempt: 10_000, call: 20_000 }

/**
 * Checks this machine, both vendors of each merchant, and the journal. For each check, it reports the result and what
 * to do. It only reads. It never throws because of what a check finds or meets, only when it is interrupted.
 */
export async function runDoctor(options: DoctorOptions): Promise<Report> {
  const { env, merchants, only, signal, progress } = options
  const selected = new Set<CheckCode>(only ?? checkCodes)
  // Without a merchant to check, the profiles can't be read: these checks say why, even if others were asked for.
  const isRequested = (code: CheckCode) =>
    selected.has(code) || (merchants.length === 0 && checksWithoutMerchant.includes(code))
  const ofMachine = machineCodes.filter(isRequested)
  const ofMerchant = merchantCodes.filter((code) => selected.has(code))
  const total = ofMachine.length + merchants.length * ofMerchant.length
  let done = 0
  const onProgress = () => progress?.(++done, total)
  const journal = once(options.openJournal)
  const machine: Machine = {
    env,
    node: options.node ?? { version: process.version, platform: process.platform },
    files: await placedFiles(env, options.journalLocation ?? env.MHLOOP_JOURNAL),
    names: once(async () => Object.keys((await readProfiles(env)).merchants)),
    isJournalOfEnvironment: options.journalLocation === undefined,
    journal,
    health: once(async () => (await journal()).health()),
  }
  const outer = runOf(machine, machineChecks)
  const looking = Promise.all([
    verdictsOf(outer, ofMachine, onProgress),
    mapWithLimit(merchants, merchantsAtOnce, (name) =>
      checkMerchant(options, { name, machine, outer }, ofMerchant, onProgress),
    ),
  ])
  // Nothing is written, so an interruption need not wait for a vendor that hangs.
  const [first, others] = await unlessAborted(
    signal,
    () => looking,
    () => signal.reason,
  )
  const all = [...first, ...others.flat()]
  const isOfMachine = ({ code }: { code: CheckCode }) => machineCodes.some((known) => known === code)
  // A check of this machine that blocks others appears once per merchant.
  const machineOnly = new Map(all.filter(isOfMachine).map((verdict) => [verdict.code, verdict]))
  const checks = [
    ...inOrder([...machineOnly.values()]).map((verdict) => checkOf(verdict, null)),
    ...merchants.flatMap((name, index) =>
      inOrder(others[index] ?? [])
        .filter((verdict) => !isOfMachine(verdict))
        .map((verdict) => checkOf(verdict, name)),
    ),
  ]
  return { checks, exit: exitOf(all) }
}

type Coded = Verdict & Pick<Check, 'milliseconds'> & { code: CheckCode }

async function checkMerchant(
  { env, clock, signal, onRequest, timeout, connect: open = createVendorClients }: DoctorOptions,
  { name, machine, outer }: { name: string; machine: Machine; outer: Run },
  codes: readonly CheckCode[],
  onProgress: () => void,
): Promise<Coded[]> {
  const probes = createProbes(clock)
  const found = once(withAccessChecked(() => findMerchant({ name, env })))
  let opened: VendorClients | null = null
  const places = once(withAccessChecked(() => secretPlaces(env, name)))
  const secrets = once(async () => {
    const readable = (await places()).filter(({ state }) => state === 'ok').map((place) => place.name)
    return await (await found()).readSecrets(readable)
  })
  const vendorClients = once(async () => {
    const [{ merchant }, stored] = await Promise.all([found(), secrets()])
    const { loopApiKey, masonhubToken } = stored
    if (!loopApiKey || !masonhubToken) throw new Error('merchant.secrets has let missing credentials pass')
    // Without the journal's permits: a journal with a problem must not keep the vendors from being checked, and these
    // few requests fit into the part of the limit that mhloop leaves free (F44).
    opened = await open(merchant, toCredentials({ loopApiKey, masonhubToken }), {
      env,
      onTrace: probes.note,
      timeouts,
      ...(onRequest === undefined ? {} : { onRequest }),
      ...(timeout === undefined ? {} : { timeout }),
    })
    return opened
  })
  const context: CheckContext = checkContextOf({
    name,
    machine,
    now: clock.now(),
    signal,
    found,
    places,
    secrets,
    vendorClients,
    probes,
  })
  try {
    return await verdictsOf(runOf(context, [...vendorChecks, ...returnChecks], outer), codes, onProgress)
  } finally {
    ;(opened as VendorClients | null)?.close()
  }
}

/** mhloop refuses to use one of its files or folders: `machine.files` says which, and why (F62). */
function withAccessChecked<Result>(read: () => Promise<Result>): () => Promise<Result> {
  return blockedBy('machine.files', read, 'CONFIG_UNSAFE')
}

function inOrder(verdicts: readonly Coded[]): Coded[] {
  return verdicts.toSorted((a, b) => checkCodes.indexOf(a.code) - checkCodes.indexOf(b.code))
}

function checkOf({ code, status, message, remedy, milliseconds }: Coded, merchant: string | null): Check {
  const complete = remedy === null || merchant === null ? remedy : withMerchant(remedy, merchant)
  return { code, merchant, status, message, remedy: complete, milliseconds }
}
