/** Records who changed which setting of a merchant, from what to what, in the merchant's journal (G11). */

import { Fault, reworded } from '../../core/errors/fault.ts'
import { onFault } from '../../core/errors/on-fault.ts'
import type { Journal, SettingChange } from '../../journal/journal.ts'
import { begun, withdrawn } from '../../journal/records/setting-changes.ts'
import type { MerchantDifference } from '../../merchants/apply/plan-merchants.ts'
import { type BoundJournal, isOtherJournal, otherJournal } from '../../merchants/profiles/binding.ts'
import { secretNames, secretTitles } from '../../merchants/secrets/credentials.ts'
import { whoActs } from '../command/operator.ts'
import type { Io } from '../io/io.ts'

/** A change to one merchant; without differences, to the merchant as a whole. */
export type Done = { merchant: string; what: string; differences?: readonly MerchantDifference[] }

/**
 * Two entries: one before the change is stored and one after it. A run that is killed in between leaves the first
 * (G11).
 */
export type ChangeRecord = {
  /** Called right before the change is stored. Throws a Fault when the change must be recorded and can't be. */
  begin(done: readonly Done[]): Promise<void>
  /** Called after the change is stored. Returns warnings only: the change is done, recorded or not. */
  end(done: readonly Done[]): Promise<string[]>
}

type Desired = {
  io: Io
  open: () => Promise<Journal>
  /** The merchants, each with the journal that it is bound to. */
  merchants: readonly { name: string; journal: BoundJournal | null | undefined }[]
  /**
   * The change allows more real refunds: it is refused when it can't be recorded. A change that tightens always
   * proceeds.
   */
  loosens: boolean
}

/** Opens the record before anything is stored. Throws a Fault when the change must be recorded and can't be. */
export async function openRecord({ io, open, merchants, loosens }: Desired): Promise<ChangeRecord> {
  try {
    const journal = await open()
    const atHand = { id: await journal.installationId(), place: journal.location }
    for (const { name, journal: bound } of merchants) {
      if (!bound || !isOtherJournal(bound, atHand)) continue
      throw otherJournal(name, bound, { atHand, rebind: `mhloop merchant rebind ${name}` })
    }
    return recordIn(io, journal, loosens)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    if (loosens) throw unrecordable(error)
    return { begin: async () => undefined, end: async () => [unrecorded(error)] }
  }
}

function recordIn(io: Io, journal: Journal, loosens: boolean): ChangeRecord {
  let started: SettingChange[] = []
  return {
    async begin(done) {
      const rows = done.flatMap((one) => rowsOf(io, one, io.now()))
      try {
        await journal.changes.append(rows.map((row) => ({ ...row, what: `${row.what}${begun}` })))
        started = rows
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        if (loosens) throw unrecordable(error)
      }
    },

    async end(done) {
      const at = started[0] === undefined ? io.now() : new Date(started[0].at)
      const rows = done.flatMap((one) => rowsOf(io, one, at))
      const isSame = (one: SettingChange) => (other: SettingChange) =>
        one.merchant === other.merchant && one.setting === other.setting
      const undone = started.filter((one) => !rows.some(isSame(one)))
      const withdrawals = undone.map((row) => ({ ...row, what: `${row.what}${withdrawn}` }))
      const warnings = await appended(journal, [...withdrawals, ...rows])
      await joinAccounts(io, journal, done)
      return warnings
    },
  }
}

/**
 * Joins merchants with new limits or a new key to their accounts; a failure here is made up for when the merchant
 * works.
 */
async function joinAccounts(io: Io, journal: Journal, done: readonly Done[]): Promise<void> {
  const joining = done.filter(({ what, differences = [] }) => {
    return what === 'added' || (what === 'set' && differences.some(({ key }) => accountKeys.has(key)))
  })
  if (joining.length === 0) return
  const { joinStored } = await import('./loop-account.ts')
  for (const { merchant } of joining) {
    await joinStored(io.env, journal, merchant, io.now().toISOString()).catch(onFault(() => {}))
  }
}

const accountKeys = new Set(['loop-api-key', 'refunds-per-hour', 'refunds-per-day', 'first-by-hand', 'largest-refund'])

/**
 * Records changes that are already done, for those made at the vendors or finished by another run. Returns warnings.
 */
export async function recorded(io: Io, journal: Journal, done: readonly Done[]): Promise<string[]> {
  const at = io.now()
  return await appended(
    journal,
    done.flatMap((one) => rowsOf(io, one, at)),
  )
}

async function appended(journal: Journal, rows: readonly SettingChange[]): Promise<string[]> {
  return await journal.changes.append(rows).then(
    () => [],
    onFault((fault) => [unrecorded(fault)]),
  )
}

function rowsOf(io: Io, { merchant, what, differences }: Done, at: Date): SettingChange[] {
  const about = { at: at.toISOString(), merchant, ...whoActs(io.env), what, reason: null }
  if (differences === undefined || differences.length === 0) {
    return [{ ...about, setting: null, before: null, after: null }]
  }
  return differences.map(({ key, before, after }) => ({ ...about, setting: key, ...values({ key, before, after }) }))
}

const secretKeys = new Set<string>(secretNames.map((name) => secretTitles[name].key))

export function isSecretKey(key: string): boolean {
  return secretKeys.has(key)
}

/** For a secret, records neither its value nor its reference (F58). */
function values({ key, before, after }: MerchantDifference): Pick<SettingChange, 'before' | 'after'> {
  if (!isSecretKey(key)) return { before, after }
  return { before: null, after: after === null ? 'removed' : 'replaced' }
}

function unrecorded({ message }: Fault): string {
  return `Done, but the journal could not record who did it: ${message}`
}

function unrecordable(cause: Fault): Fault {
  return reworded(
    cause,
    `This change allows more refunds, and the journal can't record who made it: ${cause.message} Nothing was stored.`,
  )
}
