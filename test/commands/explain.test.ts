import assert from 'node:assert/strict'
import { createPage } from '../../src/cli/output/page.ts'
import { topicPage } from '../../src/cli/views/codes.ts'
import { findingCodes } from '../../src/core/audit/finding-codes.ts'
import { checkCodes } from '../../src/core/doctor/codes.ts'
import { exitCodes } from '../../src/core/errors/exit-codes.ts'
import { faultCodes } from '../../src/core/errors/fault-codes.ts'
import { outcomeCodes } from '../../src/core/explain/outcome-codes.ts'
import { topics } from '../../src/core/explain/topics.ts'
import { assertComplete } from '../e2e/shell-lines.ts'
import { runMhloop } from '../run.ts'
import { assertObeysSchema } from './schemas.ts'

const all = topics.flatMap(({ entries }) => entries)

describe('what codes mean', () => {
  it('is said of every registered code, once, and of no other', () => {
    const explained = (kind: string) => all.filter((entry) => entry.kind === kind).map(({ code }) => code)
    for (const [kind, codes] of [
      ['error', Object.keys(faultCodes)],
      ['reason', outcomeCodes],
      ['finding', findingCodes],
      ['check', checkCodes],
      ['exit', Object.values(exitCodes).map(String)],
    ] as const) {
      assert.deepEqual(explained(kind).toSorted(), [...codes].toSorted(), kind)
    }
  })

  it('is a sentence, with a next step', () => {
    for (const { code, means, next } of all) {
      assert.match(means, /^[A-Z\p{L}`-].{10,}[.]$/su, code)
      assert.ok(next.length >= 7, code)
      assert.match(next, /^[A-Zm]/, code)
      assert.doesNotMatch(`${means} ${next}`, / {2}|\n|\bdoor\b|\bby name\b/, code)
    }
  })

  it('has a next step that works when it is pasted, once NAME and ID are filled in', async () => {
    for (const { next } of all) {
      const named = next.replaceAll(/-m (NAME|env)\b/g, '-m acme').replaceAll('NAME', 'acme')
      await assertComplete(named.replace(/\bID\b/g, '99904598'), 'acme')
    }
  })
})

describe('explain', () => {
  it('explains an error: what it means, whose fault it is, its exit code, what to do', async () => {
    const { stdout, stderr, exit } = await runMhloop('explain LOOP_UNAUTHORIZED')
    assert.deepEqual([exit, stderr], [0, ''])
    for (const line of [
      /^LOOP_UNAUTHORIZED · Error · Loop$/m,
      /^Means {2}Loop refused the API key \(401\)/m,
      /^Cause {2}what was typed or is configured$/m,
      /^Exit {3}4: Credentials are missing/m,
      /^Next {3}.*mhloop merchant set -m NAME loop-api-key/ms,
      /^Docs {3}docs\/errors\.md, “Loop”$/m,
    ]) {
      assert.match(stdout, line)
    }
  })

  it('takes codes in any case, and exit codes, reasons, findings and checks', async () => {
    for (const [typed, kind] of [
      ['loop_unauthorized', 'error'],
      ['8', 'exit'],
      ['130', 'exit'],
      ['claimed_elsewhere', 'reason'],
      ['RMA_MISSING', 'finding'],
      ['Loop.Scopes', 'check'],
      ['machine_enospc', 'error'],
    ]) {
      const ran = await runMhloop(`explain ${typed} --json`)
      assert.equal(ran.exit, 0, typed)
      assertObeysSchema(ran.json())
      const { codes } = ran.json().data
      assert.deepEqual(
        codes.map((one: { kind: string }) => one.kind),
        [kind],
        typed,
      )
      assert.equal(codes[0].code.toLowerCase(), typed?.toLowerCase())
    }
  })

  it('explains every meaning of a code that has several', async () => {
    const { codes } = (await runMhloop('explain DESTINATION_UNKNOWN --json')).json().data
    assert.deepEqual(
      codes.map(({ kind, exits }: { kind: string; exits: number[] }) => [kind, exits]),
      [
        ['error', [2]],
        ['finding', []],
      ],
    )
  })

  it('of an unknown code says what may be meant', async () => {
    const near = await runMhloop('explain LOOP_UNAUTHORISED')
    assert.equal(near.exit, 2)
    assert.match(near.stderr, /has no code "LOOP_UNAUTHORISED". Did you mean "LOOP_UNAUTHORIZED"/)
    assert.match(near.stderr, /All codes: mhloop explain\..*CODE_UNKNOWN/s)
    const far = await runMhloop('explain 77 --json')
    assert.deepEqual([far.exit, far.json().error.code], [2, 'CODE_UNKNOWN'])
    assert.equal((await runMhloop(['explain', 'MACHINE_\u001b[31m'])).exit, 2)
  })

  it('without a code lists all by topic, as wide as the terminal', async () => {
    for (const width of [120, 80, 40]) {
      const page = createPage({ width, colour: false })
      topicPage(page, topics, width)
      const text = await page.text()
      for (const { title } of topics) assert.ok(text.includes(`${title}\n`), title)
      for (const { code } of all) assert.ok(text.includes(code), `${width}: ${code}`)
      const widest = Math.max(...text.split('\n').map((line) => line.length))
      assert.ok(widest <= width, `${widest} of ${width}`)
    }
    assert.match((await runMhloop('explain', { tty: true })).stdout, /^The command line\nCode +Exit +Meaning\n/)
  })

  it('without a code gives rows in a pipe, CSV, and JSON', async () => {
    const lines = (await runMhloop('explain')).stdout.trimEnd().split('\n')
    assert.equal(lines.length, all.length + 1)
    assert.equal(lines[0], 'kind\ttopic\tcode\texits\tblame\tmeans\tnext')
    const csv = (await runMhloop('explain --format csv')).stdout.trimEnd().split('\r\n')
    assert.equal(csv.length, all.length + 1)
    const ran = await runMhloop('explain --json')
    assertObeysSchema(ran.json())
    assert.equal(ran.json().data.codes.length, all.length)
  })
})
