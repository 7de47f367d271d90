/** The texts of the repository, and whether the targets of their references exist. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { type Document, documentOf, slugOf } from './document.ts'
import type { Reference } from './references-in.ts'

export type Repository = {
  /** By path from the root. */
  texts: ReadonlyMap<string, string>
  documents: ReadonlyMap<string, Document>
  scripts: ReadonlySet<string>
  /** Whether it is a file, a folder, or a pattern that matches one. */
  exists(path: string): boolean
}

/** The page with the rows of each letter. */
const registers: Record<string, string> = {
  A: 'docs/assumptions.md',
  C: 'docs/failures.md',
  F: 'docs/failures.md',
  G: 'docs/failures.md',
  H: 'docs/failures.md',
  RMA: 'docs/vendors/masonhub.md',
  RCV: 'docs/vendors/masonhub.md',
  CB: 'docs/vendors/masonhub.md',
  API: 'docs/vendors/masonhub.md',
  HOOK: 'docs/vendors/masonhub.md',
  POLL: 'docs/vendors/masonhub.md',
}

/** Files that are named although operators create them. */
const madeByOperators = new Set(['deploy/.env'])

const sources = [
  '*.md',
  '.ci/*',
  '.github/**/*.{md,yml}',
  '{src,test,scripts,bench,bin}/**/*.{ts,js,cjs}',
  '{docs,deploy,examples}/**/*.{md,yaml,yml,sh,sql,service,example}',
  'deploy/{Caddyfile,Dockerfile}',
]

export function repositoryAt(root: string): Repository {
  const paths = globSync(sources, { cwd: root }).sort()
  const texts = new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
  return repositoryOf(
    texts,
    Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts),
    (path) => (path.includes('*') ? globSync(path, { cwd: root }).length > 0 : existsSync(join(root, path))),
  )
}

export function repositoryOf(
  texts: ReadonlyMap<string, string>,
  scripts: readonly string[],
  exists: (path: string) => boolean,
): Repository {
  const pages = [...texts].filter(([path]) => path.endsWith('.md'))
  const documents = new Map(pages.map(([path, text]) => [path, documentOf(path, text)]))
  return { texts, documents, scripts: new Set(scripts), exists }
}

/** Why the reference leads nowhere; null when its target exists. */
export function deadEnd(reference: Reference, from: string, repository: Repository): string | null {
  switch (reference.kind) {
    case 'row':
      return deadRow(reference.row, repository)
    case 'section':
      return deadSection(reference, from, repository)
    case 'title':
      return deadTitle(reference, from, repository)
    case 'page':
      return pageNamed(reference.page, from, repository) === undefined ? `there is no ${reference.page}` : null
    case 'path':
      return isThere(reference.path, repository) ? null : `there is no ${reference.path}`
    case 'script':
      return repository.scripts.has(reference.script) ? null : `package.json has no script ${reference.script}`
    case 'link':
      return deadLink(reference.anchor, near(reference.target, from), repository)
    case 'name':
      return deadName(reference.name, near(reference.target, from), repository)
  }
}

function deadRow(row: string, { documents }: Repository): string | null {
  const page = registers[row.split(/[-\d]/)[0] ?? ''] ?? ''
  return documents.get(page)?.rows.has(row) === true ? null : `${page} has no row ${row}`
}

type Section = { page: string | null; section: string }

function deadSection({ page: name, section }: Section, from: string, repository: Repository): string | null {
  const page = name === null ? repository.documents.get(from) : pageNamed(name, from, repository)
  if (page === undefined) return name === null ? 'no page is named' : `there is no ${name}`
  return page.sections.has(section) ? null : `${page.path} has no §${section}`
}

type Title = { page: string; title: string }

function deadTitle({ page: name, title }: Title, from: string, repository: Repository): string | null {
  const page = pageNamed(name, from, repository)
  return page?.anchors.has(slugOf(title)) === true ? null : `${name} has no heading "${title}"`
}

function deadLink(anchor: string | null, target: string, repository: Repository): string | null {
  if (!isThere(target, repository)) return `there is no ${target}`
  if (anchor === null) return null
  return repository.documents.get(target)?.anchors.has(anchor) === true ? null : `${target} has no heading #${anchor}`
}

function deadName(name: string, target: string, { texts }: Repository): string | null {
  return new RegExp(`\\b${name}\\b`).test(texts.get(target) ?? '') ? null : `${target} has no ${name}`
}

function near(target: string, from: string): string {
  return target === '' ? from : normalize(join(dirname(from), target))
}

function isThere(path: string, { exists }: Repository): boolean {
  return madeByOperators.has(path) || exists(path)
}

/** The page of this path, from the root or from the page itself; or of this name, as comments cite it. */
function pageNamed(name: string, from: string, { documents }: Repository): Document | undefined {
  const direct = documents.get(normalize(name)) ?? documents.get(normalize(join(dirname(from), name)))
  if (direct !== undefined || name.includes('/')) return direct
  return [...documents.values()].find(({ path }) => basename(path) === name)
}
