import type { ExitCode } from '../../core/errors/fault.ts'
import { withMerchant } from '../../core/errors/next-command.ts'
import { say } from '../errors/report.ts'
import type { Io } from '../io/io.ts'
import { resultDocument, toJson } from './json.ts'
import { csv, type Listing, ndjson, tabSeparated } from './listing.ts'
import { createPage, type Page } from './page.ts'
import { warn } from './styled.ts'
import { table } from './table.ts'

/** The result of a command. */
export type Result<Data = unknown> = {
  /** The `data` of the JSON document, exactly. */
  data: Data
  /** Printable sentences: `warnings` in JSON, lines on stderr otherwise. `-m NAME` is added to commands in them. */
  warnings?: readonly string[]
  /** Default: done (0), or interrupted (130) after a Ctrl-C. */
  exit?: ExitCode
  /** Default: the merchant of `this.merchant()` or `this.about()`. */
  merchant?: string
  /** For servers: the command continues until this settles, after its result is written. */
  until?: Promise<unknown>
  /** Draws the result for people. */
  view?(page: Page): void
  /** For list commands, instead of `view`: stdout then contains the rows and nothing else. */
  listing?: Listing
}

/** Writes a result: one JSON document, rows in the chosen format, or the view. Warnings follow on stderr. */
export async function writeResult(
  io: Io,
  output: { schema: string; format: string; merchant: string | null; result: Result },
): Promise<void> {
  const { result, merchant } = output
  const complete = (text: string) => (merchant === null ? text : withMerchant(text, merchant))
  const warnings = (result.warnings ?? []).map(complete)
  if (io.json) {
    await writePieces(io, resultDocument(output.schema, merchant, result.data, warnings))
    return
  }
  if (result.listing) {
    const { listing } = result
    await writeListing(io, { ...listing, empty: complete(listing.empty) }, output.format)
  } else if (result.view) {
    const page = createPage({ width: io.width, colour: io.stdout.colour })
    result.view(page)
    io.stdout.write(await page.text())
  }
  for (const warning of warnings) say(io, warn('Warning: '), warning)
}

async function writeListing(io: Io, list: Listing, format: string): Promise<void> {
  if (format === 'csv') await writePieces(io, csv(list))
  else if (format === 'ndjson') await writePieces(io, ndjson(list, toJson))
  else if (list.rows.length === 0) say(io, list.empty)
  else if (!io.stdout.isTTY) await writePieces(io, tabSeparated(list))
  else io.stdout.write(await table(list, io.width, io.stdout.colour))
}

/** Characters written at a time. */
const handful = 65_536

/** Writes as fast as the reader reads, so that output never piles up in memory; stops once the reader has closed. */
async function writePieces({ stdout }: Io, pieces: Iterable<string>): Promise<void> {
  let text = ''
  for (const piece of pieces) {
    text += piece
    if (text.length < handful) continue
    stdout.write(text)
    text = ''
    await stdout.flush()
    if (stdout.gone) return
  }
  stdout.write(text)
}
