import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { type Reference, referencesIn } from './references/references-in.ts'
import { deadEnd, type Repository, repositoryAt, repositoryOf } from './references/repository.ts'

/** These files contain invented references that lead nowhere. */
const madeUp = new Set(['test/references.test.ts', 'test/references/references-in.ts'])
/** These files look for the vendors' files next to the repository, and say so when they are missing. */
const readShared = new Set(['.ci/run', 'test/contract/openapi.ts'])

describe('references', () => {
  const repository = repositoryAt(fileURLToPath(new URL('..', import.meta.url)))
  const texts = [...repository.texts].filter(([path]) => !madeUp.has(path))
  const references = texts.flatMap(([path, text]) =>
    referencesIn(path, text).map((reference) => ({ from: path, reference })),
  )

  it('lead somewhere: rows, sections, headings, pages, files, links, names in linked files, npm scripts', () => {
    const dead = references.flatMap(({ from, reference }) => {
      const why = deadEnd(reference, from, repository)
      return why === null ? [] : [`${from}:${reference.line} ${reference.text}: ${why}`]
    })
    assert.deepEqual(dead, [])
  })

  it('are found at all: as many of each kind as there are at least', () => {
    const least: Record<Reference['kind'], number> = {
      row: 2_000,
      section: 500,
      title: 2,
      page: 500,
      path: 1_000,
      link: 150,
      name: 60,
      script: 40,
    }
    const found = Object.groupBy(references, ({ reference }) => reference.kind)
    for (const [kind, count] of Object.entries(least)) {
      const of = found[kind as Reference['kind']]?.length ?? 0
      assert.ok(of >= count, `${of} of kind ${kind}`)
    }
    const ofPages = references.filter(({ from }) => from.endsWith('.md')).length
    assert.ok(ofPages > 1_000 && references.length - ofPages > 3_000, `${ofPages} of ${references.length} in pages`)
  })

  it('each row of docs/failures.md is in the test files that it names, and in at least one', () => {
    const rows = repository.texts.get('docs/failures.md')?.matchAll(/^\| ([FGH]\d+) \|.*\| ([^|]+) \|$/gm) ?? []
    const named = [...rows].map(([, row = '', tests = '']) => ({ row, tests: tests.match(/test\/[\w./-]+/g) ?? [] }))
    const isIn = (row: string, path: string) => new RegExp(`\\b${row}\\b`).test(repository.texts.get(path) ?? '')
    assert.deepEqual(
      named.flatMap(({ row, tests }) => tests.filter((path) => !isIn(row, path)).map((path) => `${row}: ${path}`)),
      [],
    )
    assert.deepEqual(
      named.filter(({ tests }) => tests.length === 0).map(({ row }) => row),
      [],
    )
    assert.equal(named.length, 66 + 23 + 46)
  })

  it('nothing names the folder beside the repository but what can do without it', () => {
    const naming = texts.filter(([path, text]) => /\.\.\/shared(?![\w-])/.test(text) && !readShared.has(path))
    assert.deepEqual(
      naming.map(([path]) => path),
      [],
    )
  })
})

describe('the finder of references', () => {
  const failures =
    '# Failures\n\n### 2.6 What the journal insists on\n\n| row | what |\n|---|---|\n| F12 | lost |\n| C5 | clocks |\n'
  const vendor =
    '# Loop\n\n## 10 Contradictions\n\n| 10.3 | notes |\n\n| HOOK | 001 orders; 002 more |\n| RMA-006 | twice |\n'
  const texts = new Map([
    ['docs/failures.md', failures],
    ['docs/assumptions.md', '| A-05 | flags |\n'],
    ['docs/design.md', '# Design\n\n## Identity\n\n### 3. A refund is decided\n'],
    ['docs/vendors/loop.md', vendor],
    ['docs/vendors/masonhub.md', vendor],
    ['docs/page.md', '# A `page`: _of_ F12, and more\n\n## Twice\n\n## Twice\n\n```sh\n# No heading\n```\n'],
    ['src/journal/open.ts', 'export function openJournal() {}\n'],
  ])
  const made = repositoryOf(texts, ['build', 'test:unit'], (path) =>
    [...texts.keys()].some((one) => one.startsWith(path)),
  )

  function deadIn(text: string, from: string, repository: Repository = made): string[] {
    return referencesIn(from, text).flatMap((reference) => {
      const why = deadEnd(reference, from, repository)
      return why === null ? [] : [`${reference.line}: ${why}`]
    })
  }

  for (const [what, text, why] of [
    ['a row', '/** Lost (F12, F99). */', 'docs/failures.md has no row F99'],
    ['a row in a title', "it('G4 and F12: nothing')", 'docs/failures.md has no row G4'],
    ['a range of rows', '// F12–F98', 'docs/failures.md has no row F98'],
    ['an assumption', '// A-05 and A-06', 'docs/assumptions.md has no row A-06'],
    ['a condition by its old letter', '// Clocks jump (A5), or C5.', 'docs/assumptions.md has no row A5'],
    ['a case', "it('RMA-006 RMA-007 HOOK-002')", 'docs/vendors/masonhub.md has no row RMA-007'],
    ['a case of a group', "it('HOOK-003')", 'docs/vendors/masonhub.md has no row HOOK-003'],
    ['a section', '// failures.md §2.6, §2.9', 'docs/failures.md has no §2.9'],
    ['a section of the page above', '/**\n * See loop.md §10.3 and\n * §10.4. */', 'docs/vendors/loop.md has no §10.4'],
    ['a section of nothing', '// As §2.6 says.', 'no page is named'],
    ['a rule', '// design.md, rules of money 3 and 4', 'docs/design.md has no §4'],
    ['a heading', '// design.md, Identity; design.md, "Held back"', 'design.md has no heading "Held back"'],
    ['a page', '// docs/page.md, docs/gone.md', 'there is no docs/gone.md'],
    ['a page by its name', '// page.md and gone.md', 'there is no gone.md'],
    ['a file', '// src/journal/open.ts, src/journal/shut.ts.', 'there is no src/journal/shut.ts'],
    ['a script', '// npm run build, npm run test:unit, npm run test:gone', 'package.json has no script test:gone'],
  ] as const) {
    it(`sees ${what} that leads nowhere, and those beside it that lead somewhere`, () => {
      const dead = deadIn(`\n\n${text}\n`, 'src/core/some.ts')
      assert.deepEqual(dead, [`${3 + text.slice(0, text.lastIndexOf('§10.4')).split('\n').length - 1}: ${why}`])
    })
  }

  for (const [what, text, why] of [
    ['a link', '[a](page.md) [b](gone.md) [c](https://example.com/gone.md)', 'there is no docs/gone.md'],
    [
      'an anchor',
      '[a](page.md#a-page-_of_-f12-and-more) [b](page.md#no-heading)',
      'docs/page.md has no heading #no-heading',
    ],
    [
      'an anchor that is there twice',
      '[a](page.md#twice-1) [b](page.md#twice-2)',
      'docs/page.md has no heading #twice-2',
    ],
    ['an anchor of its own', '[a](#identity) [b](#gone)', 'docs/design.md has no heading #gone'],
    [
      'a name in a file',
      '`openJournal` in [open](../src/journal/open.ts), `shut` in [open](../src/journal/open.ts)',
      'src/journal/open.ts has no shut',
    ],
    ['a name after a file', '[open](../src/journal/open.ts) (`shut`)', 'src/journal/open.ts has no shut'],
    ['a section of its own', '§3, failures.md §2.6; here it is §2.6', 'docs/design.md has no §2.6'],
  ] as const) {
    it(`sees ${what} of a page that leads nowhere, and those beside it that lead somewhere`, () => {
      const dead = deadIn(text, 'docs/design.md').filter((one) => !one.endsWith('there is no gone.md'))
      assert.deepEqual(dead, [`1: ${why}`])
    })
  }

  it('takes for a reference neither text in quotes, nor a font, nor a formula, nor another standard', () => {
    const text = "// RFC 9110 §5.6.7\nconst skus = ['A1', 'C33', '/F99 12 Tf', '@SUM(A1)', 'UTF-16', '#F12F99']\n"
    assert.deepEqual(deadIn(text, 'src/core/some.ts'), [])
  })
})
