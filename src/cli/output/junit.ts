import { randomUUID } from 'node:crypto'
import { access, constants, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Check } from '../../core/doctor/check.ts'
import { printable } from '../../core/text/printable.ts'
import { shellWord } from '../../core/text/shell-word.ts'
import { makeFolder } from '../../merchants/files/make-folder.ts'
import { scrubSecrets } from '../../merchants/secrets/secret.ts'
import { usageFault } from '../errors/command-faults.ts'

export type JunitReport = {
  /** The command that ran the checks: `doctor`, `smoke`. */
  command: string
  /** When the run began, RFC 3339 UTC. */
  at: string
  checks: readonly Check[]
}

/** Name of the suite for checks that concern no merchant. */
const machine = 'this machine'

/**
 * Checks as JUnit XML: a suite for each merchant and one for the machine, a test case for each check. JUnit has no
 * warnings: a check that warns passes, with its message in `system-out`; the exit code (3) distinguishes it from an ok.
 * A report that fails where `doctor` itself does not would soon be switched off.
 */
export function junitXml({ command, at, checks }: JunitReport): string {
  const suites = Map.groupBy(checks, ({ merchant }) => merchant ?? machine)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="mhloop ${attribute(command)}" ${counts(checks)}>`,
    ...[...suites].flatMap(([name, some]) => suite(command, at, name, some)),
    '</testsuites>',
    '',
  ].join('\n')
}

function suite(command: string, at: string, name: string, checks: readonly Check[]): string[] {
  // JUnit's schema allows neither fractions of a second nor a time zone.
  const timestamp = at.slice(0, 19)
  return [
    `  <testsuite name="${attribute(name)}" timestamp="${attribute(timestamp)}" ${counts(checks)}>`,
    ...checks.map((check) => testCase(`mhloop.${command}.${name}`, check)),
    '  </testsuite>',
  ]
}

function counts(checks: readonly Check[]): string {
  const of = (status: Check['status']) => checks.filter((check) => check.status === status).length
  const time = seconds(checks.reduce((sum, { milliseconds }) => sum + milliseconds, 0))
  return `tests="${checks.length}" failures="${of('fail')}" errors="0" skipped="${of('skipped')}" time="${time}"`
}

function testCase(className: string, check: Check): string {
  const { code, milliseconds } = check
  const head = `    <testcase classname="${attribute(className)}" name="${attribute(code)}" time="${seconds(milliseconds)}">`
  return `${head}${outcome(check)}</testcase>`
}

function outcome({ status, code, message, remedy }: Check): string {
  const whole = remedy === null ? message : `${message}\nNext: ${remedy}`
  switch (status) {
    case 'ok':
      return `<system-out>${content(whole)}</system-out>`
    case 'warn':
      return `<system-out>${content(`Warning: ${whole}`)}</system-out>`
    case 'fail':
      return `<failure type="${attribute(code)}" message="${attribute(message)}">${content(whole)}</failure>`
    case 'skipped':
      return `<skipped message="${attribute(whole)}"/>`
  }
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3)
}

/** Characters that XML 1.0 can't hold, even escaped: most control characters, U+FFFE and U+FFFF. */
const unwritable = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

/** Escapes text between tags: a parser returns the same text, with U+FFFD for what XML can't hold. */
function content(text: string): string {
  return scrubSecrets(text)
    .toWellFormed()
    .replace(unwritable, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;')
}

/** Escapes text within double quotes, where a parser would turn line breaks and tabs into spaces. */
function attribute(text: string): string {
  return content(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')
}

/**
 * The writer of the report for `--junit FILE`. The path is checked, and its folder created, before any check runs, so
 * that a mistyped path does not waste a run; the file is replaced whole or not at all.
 */
export async function junitWriter(path: string | undefined): Promise<(report: JunitReport) => Promise<void>> {
  if (path === undefined) return async () => undefined
  await refuseUnwritable(path)
  return async (report) => {
    const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
    try {
      await writeFile(temporary, junitXml(report), { flag: 'wx' })
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }
}

async function refuseUnwritable(path: string): Promise<void> {
  if (path === '-' || path === '') throw unusable(path, 'stdout is reserved for the result', 'give --junit a file')
  try {
    await makeFolder(dirname(resolve(path)))
    await access(dirname(path), constants.W_OK)
  } catch {
    throw unusable(
      path,
      "its folder does not exist and can't be created, or you may not write to it",
      `ls -ld ${shellWord(dirname(path))}`,
    )
  }
  const found = await stat(path).catch(() => null)
  // A device or a pipe would be replaced by the rename, not written to.
  if (found !== null && !found.isFile()) throw unusable(path, 'it is not a regular file', `ls -ld ${shellWord(path)}`)
}

function unusable(path: string, why: string, hint: string) {
  return usageFault(`--junit ${printable(path, 200)} can't be written: ${why}.`, hint, 'FILE_UNWRITABLE')
}
