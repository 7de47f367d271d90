/**
 * Finds the references in a text: rows, sections, pages, files, links, npm scripts. repository.ts checks whether they
 * exist.
 */
import { proseOf } from './document.ts'

export type Reference = { line: number; text: string } & (
  | { kind: 'row'; row: string }
  /** A section of a page; `page` is null where none is named nearby, which means the page itself. */
  | { kind: 'section'; page: string | null; section: string }
  | { kind: 'title'; page: string; title: string }
  | { kind: 'page'; page: string }
  | { kind: 'path'; path: string }
  | { kind: 'link'; target: string; anchor: string | null }
  /** A name that a page says is in the file that it links to. */
  | { kind: 'name'; name: string; target: string }
  | { kind: 'script'; script: string }
)

export function referencesIn(path: string, text: string): Reference[] {
  const isPage = path.endsWith('.md')
  const prose = isPage ? text : commentsOf(text)
  return [
    ...rowsIn(text),
    ...sectionsIn(text, isPage),
    ...titlesIn(text),
    ...pagesIn(text, isPage),
    ...found(prose, paths, ([named]) =>
      /\.md\W*$/.test(named) ? null : { kind: 'path', path: named.replace(/[.,:]+$/, '') },
    ),
    ...found(text, /\bnpm run (?:-s )?(\w+(?::\w+)*)/g, ([, script = '']) => ({ kind: 'script', script })),
    ...(isPage ? linksIn(proseOf(text)) : []),
  ]
}

/**
 * A letter and a number. Not included: a font (`/F1`), a cell of a spreadsheet (`SUM(A1)`), and A or C in quotes, which
 * are SKUs. A without a hyphen never resolves: the conditions are C1 to C9, and assumptions have the hyphen.
 */
function rowsIn(text: string): Reference[] {
  const rows = /(?<![\w/#.\\]|\w\()(?:[ACFGH]\d{1,2}|A-\d{2}|(?:RMA|RCV|CB|API|HOOK|POLL)-\d{3})(?!\w|-[a-z]|\.\d)/g
  return found(text, rows, ([row], before, after) =>
    /^[AC]\d/.test(row) && /['"]$/.test(before) && after.startsWith(before.slice(-1)) ? null : { kind: 'row', row },
  )
}

const paths = /(?<![\w/.@-])(?:src|test|docs|scripts|bin|bench|deploy|schemas|examples)\/(?:[\w.*-]+\/?)*(?![\w<{…])/g

/** In code, a path that begins with `..` goes into a page in another folder, where it is checked. */
function pagesIn(text: string, isPage: boolean): Reference[] {
  const pages = /(?<![\w/.*-])(?:[\w.-]+\/)*[\w-]+\.md\b/g
  return found(text, pages, ([page]) => (page.startsWith('..') && !isPage ? null : { kind: 'page', page }))
}

/**
 * The name of a page, or none, and then sections: `loop.md §5, §9`, `loop.md` §10.1 … and §10.2 in the same comment. In
 * a page, a section without a name right before it belongs to that page.
 */
function sectionsIn(text: string, isPage: boolean): Reference[] {
  let named = { page: null as string | null, end: 0 }
  return found(text, /([\w-]+\.md)\b|RFC \d+|§(\d+[a-z]?(?:\.\d+)*)/g, ([whole, page, section], before) => {
    const end = before.length + whole.length
    if (section === undefined) {
      named = { page: page ?? whole, end }
      return null
    }
    const between = text.slice(named.end, before.length)
    const belongs = isPage ? /^(?:\]\([^)]*\)|[\s`,;)–-]|\band\b|\bor\b)*$/.test(between) : !/\n.*\n/.test(between)
    named = { page: belongs ? named.page : null, end }
    return named.page?.startsWith('RFC') ? null : { kind: 'section', page: named.page, section }
  })
}

/**
 * `design.md, rules of money 3 and 4` are numbered headings; `cli.md, "Held by policy"` and `design.md, Identity` are
 * other headings.
 */
function titlesIn(text: string): Reference[] {
  const rules = found(text, /\brules of money (\d)(?: and (\d))?/g, ([, first = '', second]) =>
    [first, second ?? first].map((section) => ({ kind: 'section', page: 'design.md', section })),
  )
  const titles = /([\w-]+\.md), (?:"([^"\n]+)"|([A-Z][a-z]+)\b)/g
  return [
    ...rules,
    ...found(text, titles, ([, page = '', quoted, word = '']) => ({ kind: 'title', page, title: quoted ?? word })),
  ]
}

function linksIn(text: string): Reference[] {
  const link = /\]\(([^()\s]+)\)/g
  const links = found(text, link, ([, whole = '']) => {
    if (/^[a-z]+:/.test(whole)) return null
    const [target = '', anchor = null] = whole.split('#')
    return { kind: 'link', target, anchor }
  })
  const before = /`(\w+)`(?: of `\w+`)?,?\s+(?:in\s+|\()\[[^\]]+\]\(([^()\s#]+\.[jt]s)\)/g
  const after = /\[[^\]]+\]\(([^()\s#]+\.[jt]s)\)\s+\(`(\w+)`\)/g
  return [
    ...links,
    ...found(text, before, ([, name = '', target = '']) => ({ kind: 'name', name, target })),
    ...found(text, after, ([, target = '', name = '']) => ({ kind: 'name', name, target })),
  ]
}

/** Only the text of comments; the lines stay, so that line numbers remain correct. */
function commentsOf(text: string): string {
  return text
    .split('\n')
    .map((line) => /^\s*(?:\/\*\*?|\*|\/\/|#)(.*)|\s\/\/ (.*)/.exec(line)?.slice(1).join('') ?? '')
    .join('\n')
}

type Found = Reference extends infer One ? (One extends Reference ? Omit<One, 'line' | 'text'> : never) : never

function found(
  text: string,
  pattern: RegExp,
  read: (match: RegExpExecArray, before: string, after: string) => Found | Found[] | null,
): Reference[] {
  let [line, from] = [1, 0]
  return [...text.matchAll(pattern)].flatMap((match) => {
    line += text.slice(from, match.index).split('\n').length - 1
    from = match.index
    const references = read(match, text.slice(0, from), text.slice(from + match[0].length)) ?? []
    return [references].flat().map((reference) => ({ ...reference, line, text: match[0] }) as Reference)
  })
}
