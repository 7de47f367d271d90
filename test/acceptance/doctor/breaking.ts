/** Breaks one thing of a healthy merchant, and repairs it again. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CheckCode } from '../../../src/core/doctor/codes.ts'
import type { Journal } from '../../../src/journal/journal.ts'
import type { LoopWebhook } from '../../../src/sandbox/loop/model/record.ts'
import type { DoctorOptions } from '../../../src/usecases/doctor/doctor.ts'
import { day } from '../harness.ts'
import type { Healthy } from './healthy.ts'

export type Broken = {
  /** What is broken, with its row of failures.md if it has one. */
  name: string
  code: CheckCode
  status: 'warn' | 'fail' | 'skipped'
  message: RegExp
  remedy: RegExp | null
  /** Checks that can't run then, and name the check that blocks them. */
  skips?: (code: string) => boolean
  /** Exit code of the whole run; default: 3. */
  exit?: number
  /** Breaks it. Returns how to repair it, and the options for the run of doctor. */
  break(at: Healthy): Promise<Damage> | Damage
}
export type Damage = { mend?: () => unknown; options?: Partial<DoctorOptions> }

export const credentialsPath = (at: Healthy) => join(at.env.MHLOOP_CONFIG_DIR ?? '', 'credentials.json')
export const ofVendor = (vendor: string) => (code: string) =>
  (code.startsWith(`${vendor}.`) && code !== `${vendor}.reachable`) ||
  code.startsWith('returns.') ||
  code === 'work.pull'

/** Rewrites the credentials file. */
export async function secrets(
  at: Healthy,
  change: (acme: Record<string, Record<string, unknown>>) => void,
): Promise<Damage> {
  const path = credentialsPath(at)
  const before = await readFile(path, 'utf8')
  const stored = JSON.parse(before)
  change(stored.merchants.acme)
  await writeFile(path, JSON.stringify(stored))
  return { mend: () => writeFile(path, before) }
}

export function faults(at: Healthy, values: Partial<Record<Parameters<Healthy['fault']>[0], number>>): Damage {
  const names = Object.keys(values) as Parameters<Healthy['fault']>[0][]
  const before = names.map((name) => [name, at.sandbox.world.faults.get(name)] as const)
  for (const name of names) at.fault(name, values[name] ?? 0)
  return { mend: () => before.forEach(([name, value]) => void at.fault(name, value)) }
}

export function webhooks(at: Healthy, change: (all: Map<number, LoopWebhook>, first: LoopWebhook) => void): Damage {
  const all = at.sandbox.loop.webhooks as Map<number, LoopWebhook>
  const before = [...all]
  const [first] = all.values()
  if (first === undefined) throw new Error('nothing is registered')
  change(all, first)
  return {
    mend() {
      all.clear()
      for (const [id, webhook] of before) all.set(id, webhook)
    },
  }
}

export const health = (at: Healthy, change: Partial<Awaited<ReturnType<Journal['health']>>>): Damage => ({
  options: { openJournal: at.overlay({ health: async () => ({ ...(await at.journal.health()), ...change }) }) },
})

/** The journal with these open effects. */
export function openEffects(at: Healthy, state: 'parked' | 'in_doubt' | 'sent', age: number): Damage {
  const find: Journal['effects']['find'] = async (filter) => {
    const found = await at.journal.effects.find({ ...filter, states: ['confirmed'] })
    if (!filter.states?.includes('parked')) return await at.journal.effects.find(filter)
    const sentAt = new Date(at.clock.now().getTime() - age).toISOString()
    return found.filter(({ kind }) => kind === 'process').map((effect) => ({ ...effect, state, sentAt }))
  }
  return { options: { openJournal: at.overlay({ effects: { ...at.journal.effects, find } }) } }
}

/** The journal as if every open return record were old. */
export function oldLinks(at: Healthy): Partial<DoctorOptions> {
  const find: Journal['links']['find'] = async (merchant, filter) => {
    const firstSeenAt = new Date(at.clock.now().getTime() - 40 * day).toISOString()
    return (await at.journal.links.find(merchant, filter)).map((link) => ({ ...link, firstSeenAt }))
  }
  return { openJournal: at.overlay({ links: { ...at.journal.links, find } }) }
}
