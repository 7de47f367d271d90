/**
 * The generated parts of the documents. To add one: write a function that returns its text, add a row here, and run
 * `npm run docs`. test/generated-documents.test.ts fails when a document differs.
 */
import { commandIndex, commandPage, commandPages, topicTable } from './commands.ts'
import { errorPage, exitCodeTable } from './errors.ts'
import { helpPage, helpPages } from './help-pages.ts'
import { importTable, layersPicture, layoutTable } from './layers.ts'
import { messagePage, messagePages } from './messages.ts'

export type Generated = {
  /** Path from the root of the repository. */
  path: string
  /**
   * The part between the lines `<!-- generated: MARKER -->` and `<!-- end of MARKER -->`; without it, the whole file.
   */
  marker?: string
  text(): string | Promise<string>
}

export const generated: readonly Generated[] = [
  { path: 'CONTRIBUTING.md', marker: 'layout', text: layoutTable },
  { path: 'docs/architecture.md', marker: 'layers', text: layersPicture },
  { path: 'docs/architecture.md', marker: 'imports', text: importTable },
  { path: 'docs/cli.md', marker: 'exit codes', text: exitCodeTable },
  { path: 'docs/cli.md', marker: 'topics', text: topicTable },
  { path: 'docs/commands/README.md', text: commandIndex },
  ...commandPages.map((page) => ({ path: `docs/commands/${page}.md`, text: () => commandPage(page) })),
  { path: 'docs/errors.md', text: errorPage },
  ...helpPages.map((page) => ({ path: `test/texts/help/${page}.txt`, text: () => helpPage(page) })),
  ...messagePages.map((folder) => ({ path: `test/texts/messages/${folder}.txt`, text: () => messagePage(folder) })),
]
