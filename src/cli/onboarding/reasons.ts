import { Fault } from '../../core/errors/fault.ts'
import { type CoveredReason, coverReasons, ruleOf } from '../../core/reasons/reason-coverage.ts'
import { reasonText } from '../../core/reasons/reason-mapping.ts'
import { type ReasonCode, reasonCodes } from '../../core/rmas/rma.ts'
import { printable } from '../../core/text/printable.ts'
import { loopOf } from '../../merchants/profiles/assemble.ts'
import { reasonDays, type SeenReasons, seenReasons } from '../../usecases/reasons/seen-reasons.ts'
import { connectLoop } from '../../usecases/vendors/vendor-clients.ts'
import { profileOfFlags } from '../merchants/merchant-flags.ts'
import { dim, strong, warn } from '../output/styled.ts'
import { displayWidth, padEnd, truncate } from '../output/width.ts'
import { countedText } from '../views/merchants/reasons.ts'
import type { Draft, PromptContext, Step } from './prompt-context.ts'

/** `chosen` null: left unmapped, so it is sent as `other` until a person maps it. */
type Row = CoveredReason & { chosen: ReasonCode | null }

function later({ name }: Draft): string {
  return `Map them later with \`mhloop mapping reasons suggest -m ${name}\`.`
}

export const reasonsStep: Step = {
  title: 'Return reasons',
  async run(prompts, draft, again) {
    const { reasons } = prompts.provided
    if (reasons !== null && !again) {
      const count = reasons.length === 1 ? '1 reason is' : `${reasons.length} reasons are`
      prompts.say(strong(`${count} mapped`), ' as in the file', dim(' (given)'), '.')
      return { ...draft, reasons }
    }
    if (draft.survey === null || !draft.survey.has.includes('returns')) {
      prompts.say('Loop was not queried, so no reasons are known yet: all are sent as "other". ', later(draft))
      return { ...draft, reasons: reasons ?? [] }
    }
    const seen = draft.seen ?? (await read(prompts, draft))
    if (seen === null) return draft
    const rows = coverReasons(draft.reasons, seen.reasons).map((row): Row => ({ ...row, chosen: row.code }))
    if (rows.length === 0) {
      prompts.say(`No return of the last ${reasonDays} days has a reason: all are sent as "other". `, later(draft))
      return { ...draft, seen }
    }
    prompts.say(
      `Each of Loop's reasons becomes one of MasonHub's five codes. These reasons occur in ${countedText(seen)} of the last ${reasonDays} days; the codes are proposals.`,
    )
    const chosen = await settledTable(prompts, rows)
    return { ...draft, seen, reasons: chosen.flatMap(mapped) }
  },
}

/** The reasons of recent returns; null when the operator continues without them. */
async function read(prompts: PromptContext, draft: Draft): Promise<SeenReasons | null> {
  const key = draft.secrets.loopApiKey
  if (key === undefined) return null
  const profile = profileOfFlags(draft.settings)
  const destinations = profile.policy?.destinations ?? []
  const to = prompts.now()
  const window = { from: new Date(to.getTime() - reasonDays * 86_400_000).toISOString(), to: to.toISOString() }
  for (;;) {
    try {
      return await prompts.busy(`Reading the returns of the last ${reasonDays} days …`, async () => {
        const connection = await connectLoop(loopOf(profile), key, prompts.options)
        try {
          return await seenReasons(connection.client, { window, destinations })
        } finally {
          connection.close()
        }
      })
    } catch (error) {
      if (!(error instanceof Fault) || error.code === 'INTERRUPTED') throw error
      prompts.say(warn('The returns could not be read.'), ` ${error.message}`)
      const answer = await prompts.ask.choose('What now?', [
        { value: 'again', name: 'Try again' },
        { value: 'on', name: 'Continue without: all reasons are sent as "other" until they are mapped' },
      ])
      if (answer === 'on') return null
    }
  }
}

/** One table: its first line accepts it, Enter on a row changes that row. The accepted table stays on the screen. */
async function settledTable(prompts: PromptContext, proposed: readonly Row[]): Promise<Row[]> {
  const rows = [...proposed]
  let at = 'accept'
  for (;;) {
    const layout = layoutOf(rows, prompts.width)
    const answer = await prompts.ask.choose(
      'Is this mapping right? (Press Enter on a line to change it)',
      [
        { value: 'accept', name: `Yes, accept ${rows.length === 1 ? 'it' : `all ${rows.length}`} as shown` },
        ...rows.map((row, index) => ({ value: String(index), name: rowLine(row, layout) })),
        { value: 'none', name: 'Map none for now' },
      ],
      { initial: at, fleeting: true },
    )
    if (answer === 'none') for (const [index, row] of rows.entries()) rows[index] = { ...row, chosen: null }
    const row = rows[Number(answer)]
    if (row === undefined) {
      await prompts.display((page) => {
        for (const accepted of rows) page.line(`  ${rowLine(accepted, layout)}`)
      })
      return rows
    }
    rows[Number(answer)] = { ...row, chosen: await chosenCode(prompts, row) }
    at = answer
  }
}

async function chosenCode(prompts: PromptContext, { parentReason, reason, chosen }: Row): Promise<ReasonCode | null> {
  const text = printable(reasonText(parentReason, reason) ?? '', 60)
  const answer = await prompts.ask.choose(
    `MasonHub's code for “${text}”`,
    [
      ...reasonCodes.map((code) => ({ value: code, name: code })),
      { value: 'skip', name: 'none yet: leave it unmapped; an audit will report it' },
    ],
    { initial: chosen ?? 'skip', fleeting: true },
  )
  return reasonCodes.find((code) => code === answer) ?? null
}

type Layout = { reason: number; units: number; why: number }
const codeColumns = Math.max(...reasonCodes.map((code) => code.length))

/** Column widths that fit a terminal line beside the prompt's pointer. */
function layoutOf(rows: readonly Row[], width: number): Layout {
  const units = Math.max(...rows.map((row) => String(row.units).length))
  const room = width - 4 - units - codeColumns - 6
  const widest = Math.max(...rows.map((row) => displayWidth(textOf(row))))
  const reason = Math.max(16, Math.min(widest, room - 24))
  return { reason, units, why: Math.max(0, room - reason) }
}

/** `53  Size › Too small   tooSmall   says “too small”` */
function rowLine(row: Row, { reason, units, why }: Layout): string {
  const count = String(row.units).padStart(units)
  const code = padEnd(row.chosen ?? '–', codeColumns)
  return `${count}  ${padEnd(truncate(textOf(row), reason), reason)}  ${code}  ${truncate(whyOf(row), why)}`.trimEnd()
}

function textOf({ parentReason, reason }: Row): string {
  return printable(reasonText(parentReason, reason) ?? '', 200)
}

function whyOf({ chosen, code, standing, why }: Row): string {
  if (chosen === null) return 'left unmapped'
  if (chosen !== code) return 'chosen by you'
  return standing === 'guess' ? 'a guess' : why
}

function mapped({ chosen, parentReason, reason }: Row) {
  return chosen === null ? [] : [ruleOf({ parentReason, reason, code: chosen })]
}
