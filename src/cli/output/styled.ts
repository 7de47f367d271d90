import chalk, { Chalk, type ChalkInstance } from 'chalk'
import { printable } from '../../core/text/printable.ts'

export type Tone = 'plain' | 'good' | 'bad' | 'warn' | 'dim' | 'strong'
export type Styled = { text: string; tone: Tone }

/**
 * A piece of a view's text. Plain strings also pass `printable` when they are drawn, so nothing from a vendor or
 * shopper reaches the terminal raw (F55); colour is decided then, per stream.
 */
export type Part = string | number | Styled
export type Parts = Part | readonly Part[]

function toned(tone: Tone): (text: string | number) => Styled {
  return (text) => ({ text: String(text), tone })
}
export const good = toned('good')
export const bad = toned('bad')
export const warn = toned('warn')
export const dim = toned('dim')
export const strong = toned('strong')

// A fixed level: chalk's own detection ignores NO_COLOR, pipes, and the difference between stdout and stderr.
const coloured = new Chalk({ level: 1 })
const paints: Record<Tone, ChalkInstance> = {
  plain: chalk.reset,
  good: coloured.green,
  bad: coloured.red,
  warn: coloured.yellow,
  dim: coloured.dim,
  strong: coloured.bold,
}

/** Most characters of a single text in a view; longer text belongs in a file or a pipe. */
const longest = 2000

export function toParts(parts: Parts, limit = longest): Styled[] {
  const list = Array.isArray(parts) ? (parts as readonly Part[]) : [parts as Part]
  return list.map((part) => {
    const styled = typeof part === 'object' ? part : { text: String(part), tone: 'plain' as const }
    return { text: printable(styled.text, limit), tone: styled.tone }
  })
}

/** The printable text without colour; widths are measured on it. */
export function plainText(parts: Parts): string {
  return toParts(parts)
    .map(({ text }) => text)
    .join('')
}

/** The same, however long it is: for what another program reads. */
export function wholeText(parts: Parts): string {
  return toParts(parts, Number.POSITIVE_INFINITY)
    .map(({ text }) => text)
    .join('')
}

export function paint(text: string, tone: Tone, colour: boolean): string {
  return colour && tone !== 'plain' && text !== '' ? paints[tone](text) : text
}

/** The printable text, coloured if `colour` is set. */
export function draw(parts: Parts, colour: boolean): string {
  return toParts(parts)
    .map(({ text, tone }) => paint(text, tone, colour))
    .join('')
}
