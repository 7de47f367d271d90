import type { ExitCode } from '../core/fault.ts'
import type { Io } from './io.ts'
import { resultDocument, toJson } from './output/json.ts'
import { csv, type Listing, ndjson, tabSeparated } from './output/listing.ts'
import { createPage, type Page } from './output/page.ts'
import { warn } from './output/styled.ts'
import { table } from './output/table.ts'
import { say } from './report.ts'

/** What a command returns. */
export type Result<Data = unknown> = {
  /** The `data` of the JSON document, exactly. */
  data: Data
  /** Safe sentences; `warnings` in JSON, lines on stderr otherwise. */
  warnings?: readonly string[]
  /** Default: done (0), or interrupted (130) after a Ctrl-C. */
  exit?: ExitCode
  /** Default: the one of `this.merchant()` or `this.about()`. */
  merchant?: string
  /** The command goes on until this settles, after its result is told: for servers. */
  until?: Promise<unknown>
  /** For people. */
  view?(page: Page): void
  /** For list commands, instead of `view`: stdout then holds the rows and nothing else. */
  listing?: Listing
}

/** Writes a result: one JSON document; or rows in the wanted format; or the view. Warnings go to stderr, after it. */
export async function writeResult(
  io: Io,
  told: { schema: string; format: string; merchant: string | null; result: Result },
): Promise<void> {
  const { result } = told
  const warnings = result.warnings ?? []
  if (io.json) {
    io.stdout.write(resultDocument(told.schema, told.merchant, result.data, warnings))
    return
  }
  if (result.listing) await writeListing(io, result.listing, told.format)
  else if (result.view) {
    const page = createPage({ width: io.width, colour: io.stdout.colour })
    result.view(page)
    io.stdout.write(await page.text())
  }
  for (const warning of warnings) say(io, warn('Warning: '), warning)
}

async function writeListing(io: Io, list: Listing, format: string): Promise<void> {
  if (format === 'csv') io.stdout.write(csv(list))
  else if (format === 'ndjson') io.stdout.write(ndjson(list, toJson))
  else if (list.rows.length === 0) say(io, list.empty)
  else if (!io.stdout.isTTY) io.stdout.write(tabSeparated(list))
  else io.stdout.write(await table(list, io.width, io.stdout.colour))
}
