/**
 * test/texts/messages/: every text in the sources that an operator can see, in the order of the files, with `{}` for
 * inserted values and `{this|that}` for a choice. The texts of command classes are in test/texts/help/. Not included:
 * single words in lower case, texts of libraries, and the vendors' own.
 */
import { readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Node } from 'typescript/unstable/ast'
import { SyntaxKind } from 'typescript/unstable/ast'
import {
  isBinaryExpression,
  isConditionalExpression,
  isExportDeclaration,
  isImportDeclaration,
  isLiteralTypeNode,
  isNoSubstitutionTemplateLiteral,
  isParenthesizedExpression,
  isPropertyDeclaration,
  isStringLiteral,
  isTaggedTemplateExpression,
  isTemplateExpression,
} from 'typescript/unstable/ast/is'
import { API } from 'typescript/unstable/sync'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** One page for each folder of src. */
export const messagePages: readonly string[] = readdirSync(join(root, 'src'), { withFileTypes: true })
  .flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  .toSorted()

let texts: Promise<ReadonlyMap<string, readonly string[]>> | undefined

export async function messagePage(folder: string): Promise<string> {
  texts ??= textsOfSources()
  const files = [...(await texts)].filter(([file, found]) => file.startsWith(`src/${folder}/`) && found.length > 0)
  return files.map(([file, found]) => `# ${file}\n${found.map(printed).join('\n')}\n`).join('\n')
}

function printed(text: string): string {
  return text.replaceAll('\n', '\n    ').replaceAll(/[ \t]+$/gm, (blanks) => '·'.repeat(blanks.length))
}

/** Parses only the sources themselves: neither what they import nor Node's types. */
async function textsOfSources(): Promise<ReadonlyMap<string, readonly string[]>> {
  const folder = await mkdtemp(join(tmpdir(), 'mhloop-texts-'))
  const api = new API({ cwd: root })
  try {
    const configFile = join(folder, 'tsconfig.json')
    const compilerOptions = { noLib: true, noResolve: true, types: [], module: 'nodenext', noEmit: true }
    await writeFile(configFile, JSON.stringify({ compilerOptions, include: [join(root, 'src/**/*.ts')] }))
    const [project] = api.updateSnapshot({ openProject: configFile }).getProjects()
    if (project === undefined) throw new Error('TypeScript has opened no project')
    const files = project.rootFiles.toSorted()
    return new Map(files.map((file) => [relative(root, file), textsIn(project.program.getSourceFile(file))]))
  } finally {
    api.close()
    await rm(folder, { recursive: true })
  }
}

function textsIn(source: Node | undefined): string[] {
  const found: string[] = []
  const visit = (node: Node): void => {
    if (isNoText(node)) return
    const text = textOf(node)
    if (text === null) {
      node.forEachChild(visit)
      return
    }
    if (isForUsers(text)) found.push(text)
    node.forEachChild(visitRest)
  }
  /** Visits what is below a text and not part of it. */
  const visitRest = (node: Node): void => {
    if (textOf(node) === null) visit(node)
    else node.forEachChild(visitRest)
  }
  if (source !== undefined) visit(source)
  return found
}

function isNoText(node: Node): boolean {
  if (isPropertyDeclaration(node)) return ['summary', 'description', 'examples'].includes(node.name.getText())
  if (isTaggedTemplateExpression(node)) return node.tag.getText().startsWith('sql')
  return isImportDeclaration(node) || isExportDeclaration(node) || isLiteralTypeNode(node)
}

/** The text of an expression, as far as the source contains it; null when it contains none. */
function textOf(node: Node): string | null {
  if (isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node)) return node.text
  if (isParenthesizedExpression(node)) return textOf(node.expression)
  if (isTemplateExpression(node)) {
    const spans = node.templateSpans.map(({ expression, literal }) => `{${textOf(expression) ?? ''}}${literal.text}`)
    return `${node.head.text}${spans.join('')}`
  }
  if (isConditionalExpression(node)) return either(textOf(node.whenTrue), textOf(node.whenFalse), '|')
  if (!isBinaryExpression(node)) return null
  const [left, right] = [textOf(node.left), textOf(node.right)]
  switch (node.operatorToken.kind) {
    case SyntaxKind.PlusToken:
      return either(left, right, '', '{}')
    case SyntaxKind.QuestionQuestionToken:
    case SyntaxKind.BarBarToken:
      return either(left, right, '|')
    default:
      return null
  }
}

function either(left: string | null, right: string | null, between: string, unknown = ''): string | null {
  return left === null && right === null ? null : `${left ?? unknown}${between}${right ?? unknown}`
}

const sql =
  /^\s*(create (table|index|unique|trigger|or replace|schema)|alter table|drop |select |insert into|update \w+ set|pragma )/

/**
 * Whether a text is for people: several words, or one that begins or ends like a sentence; not names, codes and keys.
 */
function isForUsers(text: string): boolean {
  if (sql.test(text)) return false
  return /[a-z]{2}/i.test(text) && (/\S \S/.test(text) || /^[A-Z][a-z]/.test(text) || /[a-z][.:!?]$/.test(text))
}
