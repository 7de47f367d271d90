import type { ExitCode } from '../errors/exit-codes.ts'
import { type Blame, faultCodes, type RegisteredCode } from '../errors/fault-codes.ts'
import { checks } from './checks.ts'
import { commandLine, machine } from './command-line.ts'
import { exits } from './exits.ts'
import type { Explanation } from './explanation.ts'
import { findings } from './findings.ts'
import { journal, sandbox } from './journal.ts'
import { credentials, merchants } from './merchants.ts'
import { decisions, heldBack, receipts } from './outcomes.ts'
import { events, retentionReasons, syncs } from './outcomes-of-syncs.ts'
import { loop, masonhub, receiver, returns } from './vendors.ts'

export type Kind = 'error' | 'reason' | 'finding' | 'check' | 'exit'

/** One code of one kind. A few codes belong to two kinds, such as DESTINATION_UNKNOWN. */
export type Entry = {
  code: string
  kind: Kind
  topic: string
  /** The exit codes that an error ends with. */
  exits: readonly ExitCode[]
  /** Whose fault an error may be. */
  blame: readonly Blame[]
  means: string
  next: string
}

export type Topic = { title: string; kind: Kind; entries: readonly Entry[] }

/** Every code, in the order of the list. */
export const topics: readonly Topic[] = [
  errors('The command line', commandLine),
  errors('This machine and mhloop', machine),
  errors('Merchants and settings', merchants),
  errors('Credentials', credentials),
  errors('Returns, events and refunds', returns),
  errors('Loop', loop),
  errors('MasonHub', masonhub),
  errors('Webhooks and the server', receiver),
  errors('The journal', journal),
  errors('The sandbox', sandbox),
  others('reason', 'Decisions about refunds and flags', decisions),
  others('reason', 'What is wrong with a receipt', receipts),
  others('reason', 'What holds a refund back', heldBack),
  others('reason', 'Why a return gets no RMA', syncs),
  others('reason', 'Messages of the vendors', events),
  others('reason', 'Why a return is not forgotten', retentionReasons),
  others('finding', 'Findings', findings),
  others('check', 'Checks of doctor', checkExplanations()),
  others('exit', 'Exit codes', exits),
]

/** What a code means; its case does not matter. Empty for an unknown code. An exit code is looked up by its number. */
export function explain(typed: string): Entry[] {
  const requested = typed.trim().toUpperCase()
  const found = topics.flatMap(({ entries }) => entries.filter(({ code }) => code.toUpperCase() === requested))
  if (found.length > 0 || !/^MACHINE_[A-Z0-9]+$/.test(requested)) return found
  return explain('MACHINE_*').map((entry) => ({ ...entry, code: requested }))
}

function errors(topic: string, explained: Partial<Record<RegisteredCode, Explanation>>): Topic {
  const entries = (Object.keys(explained) as RegisteredCode[]).map((code): Entry => {
    const { exit, blame } = faultCodes[code]
    const { means = '', next = '' } = explained[code] ?? {}
    return { code, kind: 'error', topic, exits: [exit].flat(), blame: [blame].flat(), means, next }
  })
  return { title: topic, kind: 'error', entries }
}

function others(kind: Kind, topic: string, explained: Readonly<Record<string, Explanation>>): Topic {
  const entries = Object.entries(explained).map(
    ([code, said]): Entry => ({ code, kind, topic, exits: [], blame: [], ...said }),
  )
  return { title: topic, kind, entries }
}

function checkExplanations(): Record<string, Explanation> {
  return Object.fromEntries(
    Object.entries(checks).map(([code, means]) => [code, { means, next: `mhloop doctor --only ${code} -m NAME` }]),
  )
}
