import { Fault } from '../core/errors/fault.ts'
import { printable } from '../core/text/printable.ts'
import { loopFaults } from './loop/loop-faults.ts'
import { masonhubFaults } from './masonhub/masonhub-faults.ts'

/** The faults: each is off or at its adversarial default, and can be changed while the sandbox runs. */
export type Faults = {
  get(name: FaultName): number
  set(name: FaultName, value: number): void
  all(): Record<FaultName, number>
}

const table = { ...loopFaults, ...masonhubFaults } as const

/** The faults of both stand-ins. */
export type FaultName = keyof typeof table

export type FaultDescription = { name: FaultName; initial: number; about: string }

/** All faults with their initial values, in the order of the tables, for `--help`, listings and completion. */
export const faultTable: readonly FaultDescription[] = (Object.keys(table) as FaultName[]).map((name) => ({
  name,
  initial: table[name].initial,
  about: table[name].about,
}))

/** Creates faults with their initial values, overridden by the given ones. Throws a usage Fault for an unknown name. */
export function createFaults(initial: Readonly<Record<string, number>> = {}): Faults {
  const values = new Map<FaultName, number>(faultTable.map((fault) => [fault.name, fault.initial]))
  for (const [name, value] of Object.entries(initial)) values.set(faultName(name), faultValue(name, value))
  return {
    get: (name) => values.get(name) ?? 0,
    set: (name, value) => {
      values.set(faultName(name), faultValue(name, value))
    },
    all: () => Object.fromEntries(values) as Record<FaultName, number>,
  }
}

/** Reads `name=value` as given to `--fault`. Throws a usage Fault that names the nearest fault. */
export function parseFault(text: string): { name: FaultName; value: number } {
  const at = text.indexOf('=')
  if (at < 1) {
    throw new Fault(`A fault has the form name=value, not "${printable(text, 80)}".`, {
      code: 'SANDBOX_FAULT_UNREADABLE',
      hint: 'mhloop sandbox start --fault loop.drop-answer-process=0.1',
    })
  }
  const name = text.slice(0, at)
  const written = text.slice(at + 1).trim()
  return { name: faultName(name), value: faultValue(name, written === '' ? Number.NaN : Number(written)) }
}

/** Checks a fault's name. Throws a usage Fault with the nearest known name. */
export function faultName(name: string): FaultName {
  if (Object.hasOwn(table, name)) return name as FaultName
  const nearest = nearestName(name)
  throw new Fault(`Unknown fault "${printable(name, 80)}".${nearest ? ` Did you mean ${nearest}?` : ''}`, {
    code: 'SANDBOX_FAULT_UNKNOWN',
    hint: 'mhloop sandbox status',
  })
}

function faultValue(name: string, value: number): number {
  if (Number.isFinite(value) && value >= 0) return value
  throw new Fault(`The fault ${printable(name, 80)} needs a non-negative number.`, { code: 'SANDBOX_FAULT_VALUE' })
}

function nearestName(name: string): FaultName | null {
  let best: { name: FaultName; distance: number } | null = null
  for (const { name: known } of faultTable) {
    const bare = known.slice(known.indexOf('.') + 1)
    const distance = Math.min(editDistance(name, known), editDistance(name, bare) + 1)
    if (!best || distance < best.distance) best = { name: known, distance }
  }
  return best && best.distance <= Math.max(3, name.length * 0.4) ? best.name : null
}

function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= right.length; j += 1) {
      const swapCost = left[i - 1] === right[j - 1] ? 0 : 1
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + swapCost))
    }
    row = next
  }
  return row[right.length] ?? 0
}
