import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import type { ReasonRule } from '../../src/core/merchants/policy.ts'
import { readProfiles, updateProfiles } from '../../src/merchants/profiles/profiles.ts'
import { type RunOptions, runMhloop } from '../run.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { assertObeysSchema } from './schemas.ts'

const at = '2026-11-01T00:00:00.000Z'

describe('mapping reasons', () => {
  const folder = temporaryFolder()
  const env = () => ({ MHLOOP_CONFIG_DIR: folder() })
  const run = (argv: string[], options: RunOptions = {}) =>
    runMhloop(['mapping', 'reasons', ...argv], { configDir: folder(), ...options })
  const stored = async (name = 'acme') => (await readProfiles(env())).merchants[name]?.policy?.reasons

  beforeEach(() =>
    updateProfiles(env(), (profiles) => ({
      ...profiles,
      current: 'acme',
      merchants: Object.fromEntries(
        ['acme', 'acme-eu'].map((name) => [
          name,
          { environment: 'sandbox', masonhub: { slug: name }, policy: { refunds: true }, addedAt: at, changedAt: at },
        ]),
      ),
    })),
  )

  it('set maps a reason, list and export show it; nothing else of the profile changes', async () => {
    const set = await run(['set', 'Size › Arms', 'TOOSMALL', '--json'])
    assert.equal(set.exit, 0)
    assertObeysSchema(set.json())
    assert.deepEqual(set.json().data, {
      change: { parentReason: 'Size', reason: 'Arms', before: null, after: 'tooSmall' },
    })
    const rules: ReasonRule[] = [{ parentReason: 'Size', reason: 'Arms', code: 'tooSmall' }]
    assert.deepEqual(await stored(), rules)
    assert.equal((await readProfiles(env())).merchants.acme?.policy?.refunds, true)
    const list = await run(['list', '--json'])
    assertObeysSchema(list.json())
    assert.deepEqual(list.json().data, { reasons: rules, fallback: 'other' })
    const exported = await run(['export', '--format', 'json'])
    assertObeysSchema(exported.json())
    assert.equal(
      (await run(['export'])).stdout,
      '"Loop reason","MasonHub code","Loop parent reason"\r\n"Arms","tooSmall","Size"\r\n',
    )
  })

  it('set changes a reason whatever its case, and says when there is nothing to change', async () => {
    await run(['set', 'Too big', 'tooBig'])
    const again = await run(['set', 'too  big', 'tooBig', '--json'])
    assert.deepEqual(again.json().data, { change: null })
    assertObeysSchema(again.json())
    await run(['set', 'TOO BIG', 'other'])
    assert.deepEqual(await stored(), [{ parentReason: null, reason: 'TOO BIG', code: 'other' }])
  })

  it('--parent names the parent, and the reason may then hold the separator', async () => {
    await run(['set', 'Arms › both', 'tooSmall', '--parent', 'Size'])
    assert.deepEqual(await stored(), [{ parentReason: 'Size', reason: 'Arms › both', code: 'tooSmall' }])
  })

  it('--remove removes it; a reason that is not there ends with 5 and what was meant', async () => {
    await run(['set', 'Too big', 'tooBig'])
    const missing = await run(['set', 'Too bug', '--remove', '--json'])
    assert.equal(missing.exit, 5)
    assertObeysSchema(missing.json())
    assert.match(missing.json().error.message, /Did you mean "Too big"/)
    const removed = await run(['set', 'too big', '--remove'])
    assert.equal(removed.exit, 0)
    assert.deepEqual(await stored(), [])
  })

  for (const [argv, message] of [
    [['set', 'Too big', 'toBig'], /Did you mean "tooBig"/],
    [['set', 'Too big'], /Missing: CODE/],
    [['set', 'Too big', 'tooBig', '--remove'], /Leave out CODE with --remove/],
    [['set', ' ', 'tooBig'], /empty/],
    [['set', 'Arms', 'tooBig', '--parent', ''], /empty/],
    [['set'], /Missing: REASON/],
    [['import'], /Missing: FILE/],
    [['import', 'no-such-file.csv'], /can't be read: it does not exist/],
  ] as [string[], RegExp][]) {
    it(`${argv.join(' ')} ends with 2 and stores nothing`, async () => {
      const { exit, stderr, stdout } = await run(argv)
      assert.equal(exit, 2)
      assert.match(stderr, message)
      assert.equal(stdout, '')
      assert.equal(await stored(), undefined)
    })
  }

  it('import takes a file: adds, changes, keeps what is not in it, and shows the difference', async () => {
    await run(['set', 'Kept', 'damaged'])
    await run(['set', 'Too big', 'other'])
    const file = `${folder()}/reasons.csv`
    await writeFile(file, 'Loop reason,MasonHub code\nToo big,tooBig\nSize › Arms,tooSmall\n')
    const dry = await run(['import', file, '--dry-run', '--json'])
    assertObeysSchema(dry.json())
    assert.equal((await stored())?.length, 2)
    const { exit, stdout } = await run(['import', file])
    assert.equal(exit, 0)
    assert.equal(stdout, '~ Too big other → tooBig\n+ Size › Arms → tooSmall\n')
    assert.deepEqual(await stored(), [
      { parentReason: null, reason: 'Kept', code: 'damaged' },
      { parentReason: null, reason: 'Too big', code: 'tooBig' },
      { parentReason: 'Size', reason: 'Arms', code: 'tooSmall' },
    ])
    assert.match((await run(['import', file])).stdout, /Nothing to change: 2 reasons are already mapped this way/)
  })

  it('--prune removes what is not in the file, after a question', async () => {
    await run(['set', 'Gone', 'damaged'])
    const text = 'Loop reason,MasonHub code\nToo big,tooBig\n'
    const unasked = await run(['import', '-', '--prune', '--json'], { stdin: text })
    assert.equal(unasked.exit, 9)
    assertObeysSchema(unasked.json())
    assert.equal((await stored())?.length, 1)
    const file = `${folder()}/reasons.csv`
    await writeFile(file, text)
    const declined = await run(['import', file, '--prune'], { tty: true, answers: [false] })
    assert.equal(declined.exit, 9)
    assert.match(declined.stderr, /- Gone → damaged/)
    assert.equal((await stored())?.length, 1)
    assert.equal((await run(['import', '-', '--prune', '--yes'], { stdin: text })).exit, 0)
    assert.deepEqual(await stored(), [{ parentReason: null, reason: 'Too big', code: 'tooBig' }])
  })

  it('import reports every wrong row at once and stores none of the good ones', async () => {
    const rows = Array.from({ length: 12 }, (_, index) => `Reason ${index},wrong${index}`)
    const text = `Loop reason,MasonHub code\nGood,other\n${rows.join('\n')}\n`
    const human = await run(['import', '-'], { stdin: text })
    assert.equal(human.exit, 2)
    for (let line = 3; line <= 14; line++)
      assert.match(human.stderr, new RegExp(`^Line ${line}: Unknown MasonHub code "wrong`, 'm'))
    const json = await run(['import', '-', '--json'], { stdin: text })
    assert.equal(json.json().error.code, 'REASON_TABLE_WRONG')
    assertObeysSchema(json.json())
    assert.match(json.json().error.message, /Line 3: .*And 4 more/)
    assert.equal(await stored(), undefined)
  })

  it('what one merchant exports, another imports', async () => {
    await run(['set', '=HYPERLINK("x")', 'other', '--parent', '@home'])
    await run(['set', 'Größe, zu klein', 'tooSmall'])
    const { stdout } = await run(['export'])
    const imported = await run(['import', '-', '-m', 'acme-eu'], { stdin: stdout })
    assert.equal(imported.exit, 0)
    assert.deepEqual(await stored('acme-eu'), await stored())
  })

  it('the merchant of environment variables keeps no mapping: changes are refused, reading is not', async () => {
    const variables = { MHLOOP_LOOP_API_KEY: 'k-1', MHLOOP_MASONHUB_TOKEN: 't-1', MHLOOP_MASONHUB_SLUG: 'demo' }
    const before = await readFile(`${folder()}/profiles.json`, 'utf8')
    const set = await run(['set', 'Too big', 'tooBig', '--json'], { env: variables })
    assert.equal(set.exit, 2)
    assert.equal(set.json().error.code, 'MERCHANT_NOT_STORED')
    assert.equal((await run(['import', '-'], { env: variables, stdin: 'x' })).exit, 2)
    assert.equal(await readFile(`${folder()}/profiles.json`, 'utf8'), before)
    const list = await run(['list'], { env: variables })
    assert.equal(list.exit, 0)
    assert.match(list.stderr, /No reason is mapped/)
  })

  it('an unknown merchant ends with 5', async () => {
    assert.equal((await run(['list', '-m', 'acme-us'])).exit, 5)
  })
})
