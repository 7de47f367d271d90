import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'
import type { Declared, FileProblem } from '../../merchants/apply/merchants-file.ts'
import { readSource } from '../input/read-source.ts'
import type { Io } from '../io/io.ts'
import type { Page } from '../output/page.ts'

/** Most problems that are listed. */
const mostListed = 25

/**
 * Reads the merchants of a file, or of standard input (`-`). Any problem throws a Fault; people first see the problems,
 * one per line in the format of compilers, so that an editor finds the place.
 */
export async function readMerchants(
  io: Io,
  source: string,
  { signal, display }: { signal: AbortSignal; display(draw: (page: Page) => void): Promise<void> },
): Promise<Declared[]> {
  const text = await readSource(io, source, signal)
  const { readMerchantsFile } = await import('../../merchants/apply/merchants-file.ts')
  const { merchants, problems } = readMerchantsFile(text)
  if (problems.length === 0) return merchants
  const name = source === '-' ? 'standard input' : printable(source, 200)
  const lines = problems.slice(0, mostListed).map((problem) => lineOf(name, problem))
  if (problems.length > mostListed) lines.push(`and ${problems.length - mostListed} more`)
  await display((page) => {
    for (const line of lines) page.paragraph(line)
  })
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  const summary = `${name} has ${count}. Nothing was changed.`
  throw new Fault(io.json ? `${summary} ${lines.join(' ')}` : summary, {
    code: 'MERCHANTS_FILE_WRONG',
    hint: 'Correct the file and run the command again. The keys: mhloop merchant set --help',
  })
}

function lineOf(name: string, { line, column, message }: FileProblem): string {
  return `${name}:${line}:${column} ${message}`
}
