/**
 * Everything that a person or a script can type wrongly: the exit code and the sentence that docs/cli.md promises, in
 * both modes, and nothing lost.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import type { RunOptions } from '../run.ts'
import { assertForUsers, developersWords, type Failure, oneErrorDocument } from './both-modes.ts'
import { onPlace } from './place.ts'

describe('ids that lead nowhere end with 5, and name the merchant and what to type instead', () => {
  const here = onPlace()
  const odd: [string, string][] = [
    ['an unknown id', '424242'],
    ['an unknown order name', '#4711'],
    ['words', 'foo bar'],
    ['control characters and a bidi override', '99904598\u0000\u001b[2J\u202e\r\n'],
    ['10,000 digits', '9'.repeat(10_000)],
    ['10,000 letters', 'x'.repeat(10_000)],
    ['a path', '../../etc/passwd'],
    ['a query', '1?expand=customer&x=/../'],
    ['an emoji', '👩‍👩‍👧'],
    ['a lone surrogate', '\ud800'],
    ['minus one', '-1'],
    ['a foreign URL', 'https://evil.example/returns/abc'],
  ]
  for (const [name, id] of odd) {
    it(`${name}: rma show, rma history, rma resolve, asn sync`, async () => {
      const commands = [
        ['rma', 'show', '--', id],
        ['rma', 'history', '--', id],
        ['rma', 'resolve', '--yes', '--', id],
        ['asn', 'sync', '--', id],
      ]
      for (const failure of await Promise.all(commands.map((argv) => failsOdd(argv)))) {
        assert.equal(failure.code, 'RETURN_NOT_FOUND')
        assert.match(failure.message, /merchant env/)
        assert.match(failure.hint ?? '', /Loop admin/)
        assert.ok(failure.message.length < 400, 'what was typed is repeated in short')
        assert.doesNotMatch(failure.stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]|\p{Surrogate}/u)
      }
    })
  }
  /** `--` ends the flags, so --json must come before it. */
  async function failsOdd(argv: string[]): Promise<Failure> {
    const env = here().bench.freshKeys()
    const at = argv.indexOf('--')
    const [human, machine] = await Promise.all([
      here().bench.run(argv, { env, dataDir: `${here().folder}/${randomUUID()}` }),
      here().bench.run([...argv.slice(0, at), '--json', ...argv.slice(at)], {
        env,
        dataDir: `${here().folder}/${randomUUID()}`,
      }),
    ])
    assert.deepEqual([human.exit, machine.exit, human.stdout], [5, 5, ''], human.stderr)
    assertForUsers(human.stderr)
    return { ...oneErrorDocument(machine).error, stderr: human.stderr }
  }

  it('an order name of several returns lists them all and picks none', async () => {
    const ids = [1, 2, 3].map(() => here().bench.file({ orderName: '#1201' }))
    for (const verb of [
      ['rma', 'show'],
      ['rma', 'history'],
      ['rma', 'resolve', '--yes'],
      ['asn', 'sync'],
    ]) {
      const failure = await here().fails(5, [...verb, '#1201'])
      assert.equal(failure.code, 'RETURN_AMBIGUOUS')
      for (const id of ids) assert.ok(failure.message.includes(id))
      assert.match(failure.hint ?? '', /mhloop rma show \d+/)
    }
    assert.equal(here().bench.sandbox.requests.filter(({ method }) => method !== 'GET').length, 0)
  })

  it('an id of a return that the sandbox does not have', async () => {
    const env = { MHLOOP_SANDBOX_URL: here().bench.sandbox.url }
    const failure = await here().fails(5, ['sandbox', 'receive', '424242'], { env })
    assert.match(failure.message, /424242/)
  })

  it('a mistyped merchant is 5 in every command, with the nearest', async () => {
    const { env } = here().bench
    const configDir = `${here().folder}/config`
    const added = await here().bench.run('merchant add acme --environment sandbox --slug demo --no-check', {
      configDir,
    })
    assert.equal(added.exit, 0, added.stderr)
    for (const argv of [
      ['asn', 'list'],
      ['asn', 'sync'],
      ['rma', 'show', '1'],
      ['rma', 'resolve', '--ready'],
      ['mapping', 'audit'],
      ['mapping', 'reasons', 'list'],
      ['merchant', 'set', 'refunds', 'off'],
      ['refunds', 'status'],
      ['refunds', 'pause', '--reason', 'x'],
    ]) {
      const failure = await here().fails(5, [...argv, '--merchant', 'acmee'], { env, configDir })
      assert.equal(failure.code, 'MERCHANT_UNKNOWN')
      assert.match(failure.message, /Did you mean "acme"\?/)
    }
    for (const verb of ['show', 'use', 'remove']) {
      assert.match((await here().fails(5, ['merchant', verb, 'acmee'], { configDir })).message, /Did you mean "acme"\?/)
    }
  })
})

describe('an empty SKU is reported wherever the return is', () => {
  const here = onPlace()
  it('asn sync, rma show, rma resolve, mapping audit', async () => {
    const returnId = here().bench.file({ units: [{ sku: 'TEE-BLK-M' }, { sku: '' }] })
    const none = here().bench.file({ units: [{ sku: '' }] })
    const dataDir = `${here().folder}/data`
    const run = (argv: string) => here().bench.run(argv, { dataDir })
    const sync = await run('asn sync')
    assert.equal(sync.exit, 0)
    assert.match(sync.stdout, new RegExp(`${none} +None of the units has a SKU.*SKU_EMPTY`, 's'))
    here().bench.sandbox.masonhub.warehouse.receive(returnId)
    assert.match((await run(`rma show ${returnId}`)).stdout, /- SKU_EMPTY One unit has no SKU/)
    const resolved = await run(`rma resolve ${returnId} --yes --json`)
    assert.deepEqual(
      resolved.json().data.results.map((one: { action: string; outcome: string }) => [one.action, one.outcome]),
      [['flag', 'confirmed']],
    )
    const audit = await run('mapping audit --only SKU_EMPTY --json')
    assert.equal(audit.exit, 3)
    assert.deepEqual(
      audit
        .json()
        .data.findings.map((one: { returnId: string }) => one.returnId)
        .sort(),
      [none, returnId].sort(),
    )
  })

  it('a SKU that MasonHub lacks: 3, and rma show says to add it there, not to sync without effect', async () => {
    const returnId = here().bench.file({ units: [{ sku: 'NO-SUCH-SKU' }] })
    const run = await here().bench.run(`asn sync ${returnId}`, { dataDir: `${here().folder}/data` })
    assert.equal(run.exit, 3)
    assert.match(run.stdout, new RegExp(`What to do: mhloop rma show ${returnId}`))
    const overview = (
      await here().bench.run(`rma show ${returnId} --json`, { dataDir: `${here().folder}/data` })
    ).json().data
    assert.equal(overview.plan.kind, 'blocked')
    assert.ok(overview.findings.some(({ code }: { code: string }) => code === 'SKU_UNKNOWN'))
    assert.match(overview.next.text, /NO-SUCH-SKU\. Add it there/)
  })
})

describe('mistyped words end with 2 and the nearest, and nothing is asked or run', () => {
  const here = onPlace()
  const mistyped: [string[], RegExp][] = [
    [['ans', 'sync'], /Did you mean "mhloop asn sync"/],
    [['rma', 'shwo', '1'], /Did you mean "mhloop rma show"/],
    [['rma', 'resolve', '1', '--refnud'], /Unknown flag --refnud\. Did you mean "--refund"\?/],
    [['asn', 'sync', '--dryrun'], /Did you mean "--dry-run"\?/],
    [['rma', 'show', '1', '--josn'], /Did you mean "--json"\?/],
    [['mapping', 'audit', '--only', 'RMA_MISING'], /Did you mean "RMA_MISSING"\?/],
    [['mapping', 'audit', '--only', 'rma_missing,LINES_DIFER'], /"LINES_DIFER".*Did you mean "LINES_DIFFER"\?/],
    [['mapping', 'reasons', 'set', 'Too small', 'toSmall'], /Did you mean "tooSmall"\?/],
    [['merchant', 'set', 'refundz', 'on'], /Did you mean "refunds"/],
    [['sandbox', 'start', '--fault', 'loop.dwon=1'], /Did you mean loop\.down\?/],
    [['rma', 'resolve', '1', '--refund', '--flag'], /--flag.*--refund|--refund.*--flag/],
    [['rma', 'resolve', '1', '--force'], /--refund/],
    [['rma', 'resolve', '1', '--refund', '--force'], /--force pays against the rules: give the reason/],
    [['rma', 'resolve', '1', '--refund', '--force', '--reason', ' '], /--reason is empty: give the reason/],
    [['rma', 'resolve', '1', '--refund', '--force', '--reason', '\u200b\u200b'], /--reason is empty: give the reason/],
    [['rma', 'resolve', '1', '--refund', '--reason', 'because'], /--force/],
    [['rma', 'show', '1', '2'], /Too many arguments/],
    [['merchant', 'list', 'acme'], /`mhloop merchant list` takes none/],
    [['rma', 'list', '99904598'], /`mhloop rma show ID` shows one return/],
    [['asn', '-m', 'acme', 'sync'], /together, and its flags after them/],
    [['rma', 'show'], /Missing: ID\./],
    [['refunds', 'pause'], /Missing: --reason\./],
    [['refunds', 'status', '--all-merchants', '-m', 'acme'], /--all-merchants|--merchant/],
    [['mapping', 'audit', '--dry-run'], /--fix/],
    [['rma', 'resolve'], /Give the ids of returns, or --ready\./],
    [['rma', 'resolve', '1', '--ready'], /Give the ids of returns, or --ready\./],
    [['sandbox', 'receive'], /Give one return id, or --all\./],
    [['sandbox', 'seed', '--count', 'many'], /integer|number/i],
    [['sandbox', 'status', '--url', 'https://api.loopreturns.com'], /Invalid sandbox URL/],
    [['asn', 'list', '--state', 'opne'], /open, review/],
    [['rma', 'list', '--format', 'xml'], /table, csv, ndjson/],
  ]
  for (const [argv, expected] of mistyped) {
    it(`mhloop ${argv.join(' ')}`, async () => {
      const failure = await here().fails(2, argv)
      assert.match(failure.message, expected)
      assert.match(`${failure.hint}`, /mhloop |The codes: /)
      assert.equal(here().bench.sandbox.requestCounts.loop + here().bench.sandbox.requestCounts.masonhub, 0)
    })
  }

  for (const when of [
    'yesterday',
    '2026-02-30',
    '2026-13-01',
    '2026-11-01T25:00:00Z',
    '1700000000',
    '0d',
    '-7d',
    '',
    '٣d',
    '9'.repeat(300),
  ]) {
    it(`--since ${JSON.stringify(when.slice(0, 30))} is no moment: 2, and says what is (loop.md §4.1)`, async () => {
      for (const command of ['asn list', 'asn sync', 'rma list', 'mapping audit']) {
        const failure = await here().fails(2, [...command.split(' '), `--since=${when}`])
        assert.equal(failure.code, 'WRONG_MOMENT')
        assert.match(failure.hint ?? '', /2026-11-01T08:00:00Z/)
      }
    })
  }

  it('no sandbox at that address: 7, and how to start one', async () => {
    for (const verb of ['status', 'seed', 'receive --all']) {
      const failure = await here().fails(7, `sandbox ${verb} --url http://127.0.0.1:1`.split(' '))
      assert.deepEqual([failure.code, failure.hint], ['SANDBOX_UNREACHABLE', 'mhloop sandbox start'])
    }
  })
})

describe('standard input', () => {
  const here = onPlace()
  it('"-" with a terminal is 2 at once, and never waits', async () => {
    for (const argv of [
      'asn sync -',
      'rma resolve - --yes',
      'mapping reasons import - -m acme',
      'merchant add x --credentials-file -',
    ]) {
      const run = await here().bench.run(argv, { tty: true, configDir: await withMerchant() })
      assert.equal(run.exit, 2, run.stderr)
      assert.match(run.stderr, /that is a terminal\s+here/)
    }
  })
  it('empty, white space, or no ids at all is 2', async () => {
    for (const stdin of ['', ' \n\t\r\n', ',,,']) {
      assert.match((await here().fails(2, ['asn', 'sync', '-'], { stdin })).message, /contains no ids/)
      assert.match((await here().fails(2, ['rma', 'resolve', '-', '--yes'], { stdin })).message, /contains no ids/)
    }
  })
  it('5 MB of something else is 2, over 10 MB is not read', async () => {
    const stdin = 'x'.repeat(5_000_000)
    assert.match((await here().fails(2, ['asn', 'sync', '-'], { stdin })).message, /not an id/)
    assert.match(
      (await here().fails(2, ['asn', 'sync', '-'], { stdin: `1\n${' '.repeat(10_000_000)}` })).message,
      /larger than 10 MB/,
    )
  })
  it('ids with Windows line ends, commas, doubles and a byte order mark', async () => {
    const [one, other] = [here().bench.file(), here().bench.file()]
    const stdin = `\ufeff${one}\r\n${other},${one}\r\n`
    const run = await here().bench.run('asn sync - --json', { stdin })
    assert.equal(run.exit, 0, run.stdout)
    assert.deepEqual(
      run
        .json()
        .data.created.map(({ returnId }: { returnId: string }) => returnId)
        .sort(),
      [one, other].sort(),
    )
  })
  async function withMerchant(): Promise<string> {
    const configDir = `${here().folder}/${randomUUID()}`
    await here().bench.run('merchant add acme --environment sandbox --slug demo --no-check', { configDir })
    return configDir
  }
})

describe('a confirmation that can’t be asked for is 9, and nothing was done', () => {
  const here = onPlace()
  it('rma resolve, mapping audit --fix, refunds resume, merchant remove, mapping reasons import --prune', async () => {
    const { sandbox } = here().bench
    const dataDir = `${here().folder}/data`
    const configDir = `${here().folder}/config`
    // With another shop as env, the pause could not be lifted (G10).
    const shop = here().bench.freshKeys()
    const run = (argv: string[], options: RunOptions = {}) =>
      here().bench.run(argv, {
        env: { ...(argv[0] === 'refunds' ? shop : here().bench.freshKeys()), MHLOOP_REFUNDS: 'on' },
        dataDir,
        configDir,
        ...options,
      })
    const ok = async (argv: string[]) => assert.equal((await run(argv)).exit, 0)
    const received = here().bench.file()
    await ok(['asn', 'sync'])
    sandbox.masonhub.warehouse.receive(received)
    here().bench.file()
    await ok(['merchant', 'add', 'acme', '--environment', 'sandbox', '--slug', 'demo', '--no-check'])
    await ok(['mapping', 'reasons', 'set', '-m', 'acme', 'Too small', 'tooSmall'])
    const table = `${here().folder}/reasons.csv`
    await writeFile(table, 'Loop reason,MasonHub code\nToo big,tooBig\n')
    const writes = () => sandbox.requests.filter(({ method }) => method !== 'GET').length
    const before = writes()
    for (const argv of [
      ['rma', 'resolve', received],
      ['rma', 'resolve', '--ready'],
      ['rma', 'resolve', received, '--flag'],
      ['mapping', 'audit', '--fix'],
      ['refunds', 'resume'],
      ['merchant', 'remove', 'acme'],
      ['mapping', 'reasons', 'import', '-m', 'acme', '--prune', table],
    ]) {
      // Only now: a confirmation is not asked for what a pause holds back (G12).
      if (argv[0] === 'refunds') await ok(['refunds', 'pause', '--reason', 'because'])
      const human = await run(argv)
      assert.equal(human.exit, 9, `${argv.join(' ')}: ${human.stderr}`)
      assert.equal(human.stdout, '')
      assert.match(human.stderr, /Nothing was done\.\n {2}Next: .*--yes/)
      const machine = await run([...argv, '--json'])
      assert.deepEqual([machine.exit, oneErrorDocument(machine).error.code], [9, 'CONFIRMATION_NEEDED'])
      const declined = await run(argv, { tty: true, answers: [false] })
      assert.equal(declined.exit, 9, declined.stderr)
      assert.doesNotMatch(declined.stderr, developersWords)
    }
    assert.equal(writes(), before)
    const status = (await run(['refunds', 'status', '--json'])).json()
    assert.equal(status.data.merchants[0].lane, 'paused')
    await ok(['refunds', 'resume', '--yes'])
    await ok(['rma', 'resolve', received, '--yes'])
    assert.equal(sandbox.requests.filter(({ path }) => path.endsWith('/process')).length, 1)
  })
})
