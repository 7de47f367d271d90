import { exits } from '../../core/explain/exits.ts'
import { wrapped } from '../output/wrapped.ts'

/** What each exit code means, wrapped for 80 columns. */
export function exitCodesText(): string {
  const entry = ([code, { means, next }]: [string, { means: string; next: string }]) => {
    const lines = (first: string, text: string) =>
      wrapped([{ text, tone: 'plain' }], { first, width: 78, colour: false })
    return lines(`${code.padStart(5)}  `, means) + lines(' '.repeat(7), next)
  }
  return `EXIT CODES, the same with and without --json

${Object.entries(exits).map(entry).join('')}
  The code of an error, such as LOOP_UNAUTHORIZED, says more:
  mhloop explain CODE
`
}
