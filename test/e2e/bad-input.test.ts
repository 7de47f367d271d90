/**
 * Everything that a person or a script can get wrong, and everything that a vendor can do to them: the exit code and the
 * sentence that docs/cli.md promises, in both modes, and nothing lost: the same command with good input completes.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Bench, onBench, startBench } from '../commands/bench.ts'
import type { Run, RunOptions } from '../run.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { assertForPeople, developersWords, type Failure, failsWith, oneErrorDocument } from './both-modes.ts'

const folder = temporaryFolder()
const bench = onBench()
type Place = { bench: Bench; folder: string }
const here = (): Place => ({ bench: bench(), folder: folder() })

type Spoiled = { env?: Record<string, string>; stdin?: string; configDir?: string }

function fails(exit: number, argv: readonly string[], spoiled: Spoiled = {}, at = here()): Promise<Failure> {
  return failsWith(exit, argv, {
    folder: `${at.folder}/${randomUUID()}`,
    configDir: `${at.folder}/config`,
    ...spoiled,
    env: { ...at.bench.env, ...at.bench.freshKeys(), ...spoiled.env },
  })
}

/** After whatever went wrong: the whole job still runs, once, from announcement to refund. */
async function theJobStillCompletes(returnId: string, at = here()): Promise<void> {
  const { sandbox } = at.bench
  const env = { ...at.bench.freshKeys(), MHLOOP_REFUNDS: 'on' }
  const dataDir = `${at.folder}/job`
  const done = async (argv: string): Promise<Run> => {
    const run = await at.bench.run(argv, { env, dataDir })
    assert.equal(run.exit, 0, `${argv}: ${run.stderr}${run.stdout}`)
    return run
  }
  await done(`asn sync ${returnId}`)
  if (sandbox.masonhub.rmas.current(returnId)?.status === 'open') sandbox.masonhub.warehouse.receive(returnId)
  await done(`rma resolve ${returnId} --yes`)
  assert.equal(sandbox.requests.filter(({ path }) => path.endsWith('/process')).length, 1)
  assert.deepEqual((await done('journal check --json')).json().data.problems, [])
}

/** One test for each case, all running side by side: most of their time is waiting between retries. */
function sideBySide<Name extends string>(
  names: readonly Name[],
  title: (name: Name) => string,
  work: (name: Name, at: Place) => Promise<void>,
): void {
  const running = new Map<Name, Promise<void>>()
  before(() => {
    for (const name of names) {
      const outcome = inPlaceOfItsOwn((at) => work(name, at))
      outcome.catch(() => {})
      running.set(name, outcome)
    }
  })
  for (const name of names) it(title(name), () => running.get(name))
}

async function inPlaceOfItsOwn(work: (at: Place) => Promise<void>): Promise<void> {
  const place = await mkdtemp(join(tmpdir(), 'mhloop-test-'))
  const own = await startBench(place)
  try {
    await work({ bench: own, folder: place })
  } finally {
    await own.sandbox.stop()
    await rm(place, { recursive: true, force: true })
  }
}

/** Commands that ask Loop, and those that ask MasonHub; each with a return that exists. */
function asking(vendor: 'loop' | 'masonhub', returnId: string): string[][] {
  const both = [
    ['asn', 'sync'],
    ['asn', 'sync', returnId],
    ['rma', 'show', returnId],
    ['rma', 'resolve', returnId, '--yes'],
    ['rma', 'resolve', '--ready', '--yes'],
    ['mapping', 'audit'],
  ]
  return vendor === 'loop'
    ? [...both, ['asn', 'list'], ['rma', 'history', returnId], ['rma', 'show', '#no-such-order']]
    : [...both, ['rma', 'list']]
}

describe('wrong credentials end with 4, name whose they are, and lose nothing', () => {
  const cases: [string, 'loop' | 'masonhub', () => Record<string, string>, string, RegExp][] = [
    ['a wrong Loop key', 'loop', () => ({ MHLOOP_LOOP_API_KEY: 'wrong-key-1' }), 'LOOP_UNAUTHORIZED', /loop-api-key/],
    [
      'a wrong MasonHub token',
      'masonhub',
      () => ({ MHLOOP_MASONHUB_TOKEN: 'aaa.bbb.ccc' }),
      'MASONHUB_UNAUTHORIZED',
      /masonhub-token/,
    ],
    [
      'a wrong slug',
      'masonhub',
      () => ({
        MHLOOP_MASONHUB_SLUG: 'nobody',
        MHLOOP_MASONHUB_BASE_URL: bench().sandbox.masonhubBaseUrl.replace('/demo/', '/nobody/'),
      }),
      'MASONHUB_WRONG_SLUG',
      /slug/,
    ],
  ]
  for (const [name, vendor, env, code, hint] of cases) {
    it(`${name}, in every command that asks ${vendor}`, async () => {
      const returnId = bench().file()
      const failures = await Promise.all(asking(vendor, returnId).map((argv) => fails(4, argv, { env: env() })))
      for (const failure of failures) {
        assert.deepEqual([failure.code, failure.merchant], [code, 'env'])
        assert.match(failure.message, vendor === 'loop' ? /^Loop GET / : /^MasonHub /)
        assert.match(failure.hint ?? '', hint)
        assert.match(failure.stderr, new RegExp(`^ {2}${code} · merchant env$`, 'm'))
      }
      assert.equal(bench().sandbox.masonhub.rmas.size, 0)
      await theJobStillCompletes(returnId)
    })
  }

  for (const status of [401, 403]) {
    it(`a key without the Returns scope (answered with ${status}): says so, and where to mend it`, async () => {
      const { faults } = bench().sandbox.world
      faults.set('loop.missing-scope-returns', 1)
      faults.set('loop.missing-scope-is-403', status === 403 ? 1 : 0)
      for (const failure of await Promise.all(asking('loop', '99904598').map((argv) => fails(4, argv)))) {
        assert.equal(failure.code, status === 403 ? 'LOOP_FORBIDDEN' : 'LOOP_UNAUTHORIZED')
        assert.match(failure.hint ?? '', /scopes/)
      }
    })
  }

  it('half an environment is 4 in every command, and names the variables that are missing', async () => {
    for (const argv of [
      ['asn', 'list'],
      ['rma', 'show', '1'],
      ['refunds', 'status'],
      ['merchant', 'show'],
    ]) {
      const failure = await fails(4, argv, { env: { MHLOOP_MASONHUB_TOKEN: '' } })
      assert.equal(failure.code, 'CREDENTIALS_MISSING')
      assert.match(failure.message, /MHLOOP_MASONHUB_TOKEN is not set/)
    }
  })
})

describe('a vendor that is down ends with 7, and says whose fault it is', () => {
  const down = {
    'loop.down': /^LOOP_UNREACHABLE$/,
    'masonhub.down': /^MASONHUB_UNREACHABLE$/,
    'loop.error-500': /^LOOP_SERVER_ERROR$/,
    'masonhub.error-429': /^MASONHUB_RATE_LIMITED$/,
    'masonhub.error-503': /^MASONHUB_SERVER_ERROR$/,
    'loop.html': /^LOOP_UNREADABLE$/,
    'loop.unknown-shape': /^LOOP_UNREADABLE$/,
    'loop.truncated': /^LOOP_UNREA/,
    'masonhub.truncated': /^MASONHUB_UNREA/,
    'loop.oversized': /^LOOP_UNREADABLE$/,
  } as const
  sideBySide(
    Object.keys(down) as (keyof typeof down)[],
    (fault) => `${fault} (F43, F44), in every command that asks it; afterwards nothing is lost`,
    async (fault, at) => {
      const vendor = fault.startsWith('loop') ? 'loop' : 'masonhub'
      const returnId = at.bench.file()
      const { faults } = at.bench.sandbox.world
      faults.set(fault, 1)
      const argvs = fault === 'loop.oversized' ? [['rma', 'show', returnId]] : asking(vendor, returnId)
      for (const failure of await Promise.all(argvs.map((argv) => fails(7, argv, {}, at)))) {
        assert.match(failure.code, down[fault])
        assert.match(failure.message, vendor === 'loop' ? /^Loop / : /^MasonHub /)
        assert.notEqual(failure.hint, null)
        assert.equal(failure.merchant, 'env')
      }
      faults.set(fault, 0)
      assert.equal(at.bench.sandbox.masonhub.rmas.size, 0)
      await theJobStillCompletes(returnId, at)
    },
  )

  sideBySide(
    ['masonhub.html', 'masonhub.redirect'],
    (fault) => `${fault} looks like a login page: 4, with the slug to check first`,
    async (fault, at) => {
      const returnId = at.bench.file()
      at.bench.sandbox.world.faults.set(fault, 1)
      for (const { code } of await Promise.all(asking('masonhub', returnId).map((argv) => fails(4, argv, {}, at)))) {
        assert.equal(code, 'MASONHUB_WRONG_SLUG')
      }
      at.bench.sandbox.world.faults.set(fault, 0)
      await theJobStillCompletes(returnId, at)
    },
  )

  sideBySide(
    [
      'loop.error-500',
      'loop.error-503',
      'loop.error-429',
      'masonhub.error-500',
      'masonhub.error-503',
      'masonhub.error-429',
    ],
    (fault) => `${fault} for a while is waited out: 0 (F44)`,
    async (fault, { bench: { file, sandbox, run } }) => {
      const returnId = file()
      sandbox.world.faults.set(fault, 1)
      const count = () => sandbox.requestCounts[fault.startsWith('loop') ? 'loop' : 'masonhub']
      const running = run(`rma show ${returnId} --json`)
      while (count() === 0) await new Promise(setImmediate)
      sandbox.world.faults.set(fault, 0)
      const { exit, json } = await running
      assert.deepEqual([exit, json().data.loop.state], [0, 'open'])
      assert.ok(count() > 1)
    },
  )

  it('no vendor at that address: 7, and blames this machine or the address, not the merchant', async () => {
    const env = { MHLOOP_LOOP_BASE_URL: 'http://127.0.0.1:1/api/2026-10' }
    const failure = await fails(7, ['asn', 'list'], { env })
    assert.match(failure.message, /^Loop GET .* failed: /)
    assert.match(failure.hint ?? '', /base URL/)
  })

  it('in the middle of a sync the rest is told and kept: the next run completes it (F34)', async () => {
    const ids = Array.from({ length: 35 }, () => bench().file())
    const { sandbox } = bench()
    const dataDir = `${folder()}/data`
    sandbox.world.faults.set('masonhub.drop-next-create-answer', 1)
    const first = await bench().run('asn sync', { dataDir })
    assert.equal(first.exit, 8, first.stderr)
    assert.match(first.stdout, /Failed \(\d+\)/)
    assert.match(first.stdout, /IN_DOUBT/)
    assert.match(first.stdout, /mhloop rma show \d+/)
    const second = await bench().run('asn sync --json', { dataDir })
    assert.equal(second.exit, 0, second.stdout)
    assert.equal(sandbox.masonhub.rmas.size, ids.length)
    assert.equal(sandbox.masonhub.labelsBought.length, 0)
  })
})

describe('ids that lead nowhere end with 5, and name the merchant and what to type instead', () => {
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
  /** `--` ends the flags, so --json must stand before it. */
  async function failsOdd(argv: string[]): Promise<Failure> {
    const env = bench().freshKeys()
    const at = argv.indexOf('--')
    const [human, machine] = await Promise.all([
      bench().run(argv, { env, dataDir: `${folder()}/${randomUUID()}` }),
      bench().run([...argv.slice(0, at), '--json', ...argv.slice(at)], { env, dataDir: `${folder()}/${randomUUID()}` }),
    ])
    assert.deepEqual([human.exit, machine.exit, human.stdout], [5, 5, ''], human.stderr)
    assertForPeople(human.stderr)
    return { ...oneErrorDocument(machine).error, stderr: human.stderr }
  }

  it('an order name of several returns lists them all and picks none', async () => {
    const ids = [1, 2, 3].map(() => bench().file({ orderName: '#1201' }))
    for (const verb of [
      ['rma', 'show'],
      ['rma', 'history'],
      ['rma', 'resolve', '--yes'],
      ['asn', 'sync'],
    ]) {
      const failure = await fails(5, [...verb, '#1201'])
      assert.equal(failure.code, 'RETURN_AMBIGUOUS')
      for (const id of ids) assert.ok(failure.message.includes(id))
      assert.match(failure.hint ?? '', /mhloop rma show \d+/)
    }
    assert.equal(bench().sandbox.requests.filter(({ method }) => method !== 'GET').length, 0)
  })

  it('an id of a return that the sandbox does not have', async () => {
    const env = { MHLOOP_SANDBOX_URL: bench().sandbox.url }
    const failure = await fails(5, ['sandbox', 'receive', '424242'], { env })
    assert.match(failure.message, /424242/)
  })

  it('a mistyped merchant is 5 in every command, with the nearest', async () => {
    const { env } = bench()
    const configDir = `${folder()}/config`
    const added = await bench().run('merchant add acme --environment sandbox --slug demo --no-check', { configDir })
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
      const failure = await fails(5, [...argv, '--merchant', 'acmee'], { env, configDir })
      assert.equal(failure.code, 'MERCHANT_UNKNOWN')
      assert.match(failure.message, /Did you mean "acme"\?/)
    }
    for (const verb of ['show', 'use', 'remove']) {
      assert.match((await fails(5, ['merchant', verb, 'acmee'], { configDir })).message, /Did you mean "acme"\?/)
    }
  })
})

describe('an empty SKU is told wherever the return is', () => {
  it('asn sync, rma show, rma resolve, mapping audit', async () => {
    const returnId = bench().file({ units: [{ sku: 'TEE-BLK-M' }, { sku: '' }] })
    const none = bench().file({ units: [{ sku: '' }] })
    const dataDir = `${folder()}/data`
    const run = (argv: string) => bench().run(argv, { dataDir })
    const sync = await run('asn sync')
    assert.equal(sync.exit, 0)
    assert.match(sync.stdout, new RegExp(`${none} +No unit has a SKU.*SKU_EMPTY`, 's'))
    bench().sandbox.masonhub.warehouse.receive(returnId)
    assert.match((await run(`rma show ${returnId}`)).stdout, /- SKU_EMPTY A unit has no SKU/)
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

  it('a SKU that MasonHub lacks: 3, and rma show says to add it there, not to sync in vain', async () => {
    const returnId = bench().file({ units: [{ sku: 'NO-SUCH-SKU' }] })
    const run = await bench().run(`asn sync ${returnId}`, { dataDir: `${folder()}/data` })
    assert.equal(run.exit, 3)
    assert.match(run.stdout, new RegExp(`What to do: mhloop rma show ${returnId}`))
    const shown = (await bench().run(`rma show ${returnId} --json`, { dataDir: `${folder()}/data` })).json().data
    assert.equal(shown.plan.kind, 'blocked')
    assert.ok(shown.findings.some(({ code }: { code: string }) => code === 'SKU_UNKNOWN'))
    assert.match(shown.next.text, /NO-SUCH-SKU\. Add it there/)
  })
})

describe('malformed input files end with 2, and nothing of them is stored', () => {
  const good = 'Loop reason,MasonHub code\nToo small,tooSmall\n'
  const added = async () => {
    const configDir = `${folder()}/config`
    assert.equal(
      (await bench().run('merchant add acme --environment sandbox --slug demo --no-check', { configDir })).exit,
      0,
    )
    return { configDir, env: { MHLOOP_MERCHANT: 'acme' } }
  }
  const tables: [string, string | Buffer, RegExp][] = [
    ['empty', '', /empty|header|first row/i],
    ['without its header', 'Too small,tooSmall\n', /Loop reason/],
    ['with an unknown code', 'Loop reason,MasonHub code\nToo small,tooSmal\n', /Line 2: .*tooSmal.*tooSmall/],
    ['with an open quote', 'Loop reason,MasonHub code\n"Too small,tooSmall\n', /quote/i],
    ['binary', Buffer.from([0, 255, 254, 137, 80, 78, 71]), /./],
    ['JSON', '{"Too small":"tooSmall"}', /Loop reason/],
    ['with terminal escapes', 'Loop reason,MasonHub code\n\u001b[2JX,\u001b]0;pwned\u0007bad\n', /Line 2/],
  ]
  for (const [name, content, told] of tables) {
    it(`a reason table ${name}, as a file and on stdin`, async () => {
      const merchant = await added()
      const file = `${folder()}/reasons.csv`
      await writeFile(file, content)
      const failure = await fails(2, ['mapping', 'reasons', 'import', file], merchant)
      assert.match(failure.message, told)
      assert.notEqual(failure.hint, null)
      assert.doesNotMatch(failure.stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
      await fails(2, ['mapping', 'reasons', 'import', '-'], { ...merchant, stdin: content.toString() })
      await writeFile(file, good)
      assert.equal((await bench().run(['mapping', 'reasons', 'import', file], merchant)).exit, 0)
      const list = await bench().run('mapping reasons list --json', merchant)
      assert.equal(list.json().data.reasons.length, 1)
    })
  }

  it('100,000 wrong rows are counted, and the first are named', async () => {
    const merchant = await added()
    const stdin = `Loop reason,MasonHub code\n${Array.from({ length: 100_000 }, (_, index) => `Reason number ${index} of this long table,wrong\n`).join('')}`
    assert.ok(stdin.length > 4_000_000)
    const run = await bench().run('mapping reasons import - --json', { ...merchant, stdin })
    assert.equal(run.exit, 2)
    assert.match(run.json().error.message, /Line 2: .*And \d+ more\./s)
  })

  it('a credentials file that is none, a folder, or malformed: 2, and repeats nothing of it', async () => {
    const file = `${folder()}/credentials.json`
    await mkdir(`${folder()}/config`, { mode: 0o700 })
    const argv = (path: string) => [
      ...'merchant add acme --environment sandbox --slug demo --no-check --credentials-file'.split(' '),
      path,
    ]
    assert.match((await fails(2, argv(`${folder()}/none.json`))).message, /can't be read: there is none/)
    assert.match((await fails(2, argv(folder()))).message, /it is a folder/)
    for (const content of [
      '',
      '{',
      '[]',
      '{"loopApiKey": 5}',
      '{"loopApiKey": "canary-secret-1"',
      '{"loopKey": "canary-secret-1"}',
    ]) {
      await writeFile(file, content)
      assert.doesNotMatch((await fails(2, argv(file))).stderr, /canary/)
    }
    assert.deepEqual(await readdir(`${folder()}/config`), [])
  })

  const everyCommand = [
    'asn list',
    'asn sync',
    'rma list',
    'rma show 1',
    'rma history 1',
    'rma resolve 1 --yes',
    'mapping audit',
    'mapping reasons list',
    'merchant list',
    'merchant show',
    'merchant use acme',
    'merchant set refunds off',
    'refunds status',
    'refunds pause --reason x',
    'refunds resume',
  ].map((argv) => argv.split(' '))

  it('malformed profiles: 2 in every command, by name and field, and the file stays as it is', async () => {
    const configDir = `${folder()}/config`
    await mkdir(configDir, { mode: 0o700 })
    const path = `${configDir}/profiles.json`
    for (const content of [
      '{"version": 1,',
      '{"version":1,"current":"acme","merchants":{"acme":{"environment":"moon"}}}',
    ]) {
      await writeFile(path, content, { mode: 0o600 })
      for (const argv of everyCommand) {
        const failure = await fails(2, argv, { configDir, env: { MHLOOP_MERCHANT: 'acme' } })
        assert.ok(failure.message.includes(path), failure.message)
      }
      assert.equal(await readFile(path, 'utf8'), content)
    }
  })

  it('profiles behind a symbolic link: 2 in every command (F62)', async () => {
    const configDir = `${folder()}/config`
    await mkdir(configDir, { mode: 0o700 })
    const victim = `${folder()}/victim.json`
    await writeFile(victim, 'untouched', { mode: 0o600 })
    await symlink(victim, `${configDir}/profiles.json`)
    for (const argv of everyCommand) {
      assert.match((await fails(2, argv, { configDir, env: { MHLOOP_MERCHANT: 'acme' } })).message, /symbolic link/)
    }
    assert.equal(await readFile(victim, 'utf8'), 'untouched')
  })
})

describe('a journal that can not be used ends every command that needs it, before anything is sent', () => {
  const needing = [
    'asn list',
    'asn sync',
    'rma list',
    'rma show 99904598',
    'rma history 99904598',
    'rma resolve 99904598 --yes',
    'mapping audit',
    'refunds status',
    'refunds pause --reason x',
    'refunds resume --yes',
    'journal status',
    'journal check',
  ].map((argv) => argv.split(' '))
  const unusable: [string, number, string, () => Promise<string>][] = [
    [
      'a corrupt file',
      1,
      'JOURNAL_CORRUPT',
      async () => {
        await writeFile(`${folder()}/journal.db`, 'this is no database, only words '.repeat(500), { mode: 0o600 })
        return `${folder()}/journal.db`
      },
    ],
    [
      'a newer schema (F48)',
      1,
      'JOURNAL_NEWER',
      async () => {
        const path = `${folder()}/journal.db`
        assert.equal((await bench().run('journal status', { env: { MHLOOP_JOURNAL: `sqlite:${path}` } })).exit, 0)
        const database = new DatabaseSync(path)
        database.exec(`update meta set value = '99' where name = 'schema_version'`)
        database.close()
        return path
      },
    ],
    [
      'a place that is no folder',
      1,
      'JOURNAL_UNWRITABLE',
      async () => {
        await writeFile(`${folder()}/file`, '')
        return `${folder()}/file/journal.db`
      },
    ],
    ['an address that is none', 2, 'JOURNAL_LOCATION', async () => '\u0000journal'],
    ['PostgreSQL, which comes later', 2, 'JOURNAL_NOT_SUPPORTED', async () => 'postgres'],
  ]
  for (const [name, exit, code, make] of unusable) {
    it(`${name}: ${exit} ${code}`, async () => {
      bench().file({ returnId: 99904598 })
      const path = await make()
      const location =
        path === 'postgres'
          ? 'postgres://user:canary-password@db/x'
          : path.startsWith('\u0000')
            ? path.slice(1)
            : `sqlite:${path}`
      for (const argv of needing) {
        const failure = await fails(exit, argv, { env: { MHLOOP_JOURNAL: location } })
        assert.equal(failure.code, code, failure.message)
        assert.notEqual(failure.hint, null)
        assert.doesNotMatch(failure.stderr, /canary/)
      }
      assert.equal(bench().sandbox.requests.filter(({ method }) => method !== 'GET').length, 0)
      await theJobStillCompletes('99904598')
    })
  }

  it('a folder that may not be written: 1 JOURNAL_UNWRITABLE', async function () {
    // For root every place is writable.
    if (process.getuid?.() === 0) return this.skip()
    const place = `${folder()}/locked`
    await mkdir(place)
    await chmod(place, 0o500)
    const failure = await fails(1, ['journal', 'status'], { env: { MHLOOP_JOURNAL: `sqlite:${place}/journal.db` } })
    assert.equal(failure.code, 'JOURNAL_UNWRITABLE')
  })
})

describe('mistyped words end with 2 and the nearest, and nothing is asked or run', () => {
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
    [['rma', 'show', '1', '2'], /Too many arguments/],
    [['rma', 'show'], /Missing: ID\./],
    [['refunds', 'pause'], /Missing: --reason\./],
    [['refunds', 'status', '--all-merchants', '-m', 'acme'], /--all-merchants|--merchant/],
    [['mapping', 'audit', '--dry-run'], /--fix/],
    [['rma', 'resolve'], /Name the returns, or give --ready\./],
    [['rma', 'resolve', '1', '--ready'], /Name the returns, or give --ready\./],
    [['sandbox', 'receive'], /Name one return, or give --all\./],
    [['sandbox', 'seed', '--count', 'many'], /integer|number/i],
    [['sandbox', 'status', '--url', 'https://api.loopreturns.com'], /A sandbox has a URL like/],
    [['asn', 'list', '--state', 'opne'], /open, review/],
    [['rma', 'list', '--format', 'xml'], /table, csv, ndjson/],
  ]
  for (const [argv, told] of mistyped) {
    it(`mhloop ${argv.join(' ')}`, async () => {
      const failure = await fails(2, argv)
      assert.match(failure.message, told)
      assert.match(`${failure.hint}`, /mhloop |The codes: /)
      assert.equal(bench().sandbox.requestCounts.loop + bench().sandbox.requestCounts.masonhub, 0)
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
        const failure = await fails(2, [...command.split(' '), `--since=${when}`])
        assert.equal(failure.code, 'WRONG_MOMENT')
        assert.match(failure.hint ?? '', /2026-11-01T08:00:00Z/)
      }
    })
  }

  it('no sandbox at that address: 7, and how to start one', async () => {
    for (const verb of ['status', 'seed', 'receive --all']) {
      const failure = await fails(7, `sandbox ${verb} --url http://127.0.0.1:1`.split(' '))
      assert.deepEqual([failure.code, failure.hint], ['SANDBOX_UNREACHABLE', 'mhloop sandbox start'])
    }
  })
})

describe('standard input', () => {
  it('"-" with a terminal is 2 at once, and never waits', async () => {
    for (const argv of [
      'asn sync -',
      'rma resolve - --yes',
      'mapping reasons import - -m acme',
      'merchant add x --credentials-file -',
    ]) {
      const run = await bench().run(argv, { tty: true, configDir: await withMerchant() })
      assert.equal(run.exit, 2, run.stderr)
      assert.match(run.stderr, /that is a terminal\s+here/)
    }
  })
  it('empty, white space, or no ids at all is 2', async () => {
    for (const stdin of ['', ' \n\t\r\n', ',,,']) {
      assert.match((await fails(2, ['asn', 'sync', '-'], { stdin })).message, /held no ids/)
      assert.match((await fails(2, ['rma', 'resolve', '-', '--yes'], { stdin })).message, /held no ids/)
    }
  })
  it('5 MB of something else is 2, over 10 MB is not read', async () => {
    const stdin = 'x'.repeat(5_000_000)
    assert.match((await fails(2, ['asn', 'sync', '-'], { stdin })).message, /no id/)
    assert.match(
      (await fails(2, ['asn', 'sync', '-'], { stdin: `1\n${' '.repeat(10_000_000)}` })).message,
      /more than 10 MB/,
    )
  })
  it('ids with Windows line ends, commas, doubles and a byte order mark', async () => {
    const [one, other] = [bench().file(), bench().file()]
    const stdin = `\ufeff${one}\r\n${other},${one}\r\n`
    const run = await bench().run('asn sync - --json', { stdin })
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
    const configDir = `${folder()}/${randomUUID()}`
    await bench().run('merchant add acme --environment sandbox --slug demo --no-check', { configDir })
    return configDir
  }
})

describe('a confirmation that nobody can give is 9, and nothing was done', () => {
  it('rma resolve, mapping audit --fix, refunds resume, merchant remove, mapping reasons import --prune', async () => {
    const { sandbox } = bench()
    const dataDir = `${folder()}/data`
    const configDir = `${folder()}/config`
    const run = (argv: string[], options: RunOptions = {}) =>
      bench().run(argv, { env: { ...bench().freshKeys(), MHLOOP_REFUNDS: 'on' }, dataDir, configDir, ...options })
    const ok = async (argv: string[]) => assert.equal((await run(argv)).exit, 0)
    const received = bench().file()
    await ok(['asn', 'sync'])
    sandbox.masonhub.warehouse.receive(received)
    bench().file()
    await ok(['refunds', 'pause', '--reason', 'because'])
    await ok(['merchant', 'add', 'acme', '--environment', 'sandbox', '--slug', 'demo', '--no-check'])
    await ok(['mapping', 'reasons', 'set', '-m', 'acme', 'Too small', 'tooSmall'])
    const table = `${folder()}/reasons.csv`
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
