/** Reads what a Markdown page offers as targets of references. */
export type Document = {
  path: string
  /** `5.6`: from headings ("### 5.6 Notes"), and from rows that are cited like sections ("| 10.3 | …"). */
  sections: ReadonlySet<string>
  /** `F12`, `A-05`, `RMA-006`: from the first cell of a row. */
  rows: ReadonlySet<string>
  /** The part of a link after #, as GitHub generates it. */
  anchors: ReadonlySet<string>
}

export function documentOf(path: string, text: string): Document {
  const lines = proseOf(text).split('\n')
  const headings = lines.flatMap((line) => /^#{1,6} +(.+?) *#*$/.exec(line)?.[1] ?? [])
  const cells = lines.flatMap((line) => /^\| ?`?([\w.-]+)`? ?\|/.exec(line)?.[1] ?? [])
  return {
    path,
    sections: new Set([
      ...headings.flatMap((heading) => /^(\d+[a-z]?(?:\.\d+)*)\.? /.exec(heading)?.[1] ?? []),
      ...cells.filter((cell) => /^\d+(?:\.\d+)+$/.test(cell)),
    ]),
    rows: new Set([...cells.filter((cell) => /^[A-Z]+-?\d+$/.test(cell)), ...lines.flatMap(casesIn)]),
    anchors: new Set([
      ...numbered(headings.map(slugOf)),
      ...[...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(second),
    ]),
  }
}

/** `| HOOK | 001 orders; 002 shipments |` has HOOK-001 and HOOK-002. */
function casesIn(line: string): string[] {
  const [, group, cases = ''] = /^\| ([A-Z]{2,}) \| (.*)/.exec(line) ?? []
  return [...cases.matchAll(/(?:^|; )(\d{3}) /g)].map(([, number]) => `${group}-${number}`)
}

/** The text without fenced code; the lines stay, so that line numbers remain correct. */
export function proseOf(text: string): string {
  return text.replace(/^( *)(```|~~~).*?^ *\2/gms, (fenced) => fenced.replace(/[^\n]/g, ''))
}

/** GitHub's anchor of a heading: its visible text in lower case, without punctuation, with a hyphen for each blank. */
export function slugOf(heading: string): string {
  const seen = heading.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '')
  return seen
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Mark}\p{Number}\p{Connector_Punctuation} -]/gu, '')
    .replaceAll(' ', '-')
}

/** The second heading with the same name gets -1, the third -2. */
function numbered(slugs: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return slugs.map((slug) => {
    const before = seen.get(slug) ?? 0
    seen.set(slug, before + 1)
    return before === 0 ? slug : `${slug}-${before}`
  })
}

function second([, found = '']: RegExpExecArray): string {
  return found
}
