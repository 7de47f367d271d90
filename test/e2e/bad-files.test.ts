/**
 * Files that can't be used for any reason: the exit code and the sentence of docs/cli.md, and nothing done by halves.
 */
import assert from 'node:assert/strict'
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { onPlace } from './place.ts'

describe('malformed input files end with 2, and nothing of them is stored', () => {
  const here = onPlace()
  const good = 'Loop reason,MasonHub code\nToo small,tooSmall\n'
  const added = async () => {
    const configDir = `${here().folder}/config`
    assert.equal(
      (await here().bench.run('merchant add acme --environment sandbox --slug demo --no-check', { configDir })).exit,
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
  for (const [name, content, expected] of tables) {
    it(`a reason table ${name}, as a file and on stdin`, async () => {
      const merchant = await added()
      const file = `${here().folder}/reasons.csv`
      await writeFile(file, content)
      const failure = await here().fails(2, ['mapping', 'reasons', 'import', file], merchant)
      assert.match(failure.message, expected)
      assert.notEqual(failure.hint, null)
      assert.doesNotMatch(failure.stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
      await here().fails(2, ['mapping', 'reasons', 'import', '-'], { ...merchant, stdin: content.toString() })
      await writeFile(file, good)
      assert.equal((await here().bench.run(['mapping', 'reasons', 'import', file], merchant)).exit, 0)
      const list = await here().bench.run('mapping reasons list --json', merchant)
      assert.equal(list.json().data.reasons.length, 1)
    })
  }

  it('100,000 wrong rows are counted, and the first are named', async () => {
    const merchant = await added()
    const stdin = `Loop reason,MasonHub code\n${Array.from({ length: 100_000 }, (_, index) => `Reason number ${index} of this long table,wrong\n`).join('')}`
    assert.ok(stdin.length > 4_000_000)
    const run = await here().bench.run('mapping reasons import - --json', { ...merchant, stdin })
    assert.equal(run.exit, 2)
    assert.match(run.json().error.message, /Line 2: .*And \d+ more\./s)
  })

  it('a credentials file that is none, a folder, or malformed: 2, and repeats nothing of it', async () => {
    const file = `${here().folder}/credentials.json`
    await mkdir(`${here().folder}/config`, { mode: 0o700 })
    const argv = (path: string) => [
      ...'merchant add acme --environment sandbox --slug demo --no-check --credentials-file'.split(' '),
      path,
    ]
    assert.match(
      (await here().fails(2, argv(`${here().folder}/none.json`))).message,
      /can't be read: it does not exist/,
    )
    assert.match((await here().fails(2, argv(here().folder))).message, /it is a folder/)
    for (const content of [
      '',
      '{',
      '[]',
      '{"loopApiKey": 5}',
      '{"loopApiKey": "canary-secret-1"',
      '{"loopKey": "canary-secret-1"}',
    ]) {
      await writeFile(file, content)
      assert.doesNotMatch((await here().fails(2, argv(file))).stderr, /canary/)
    }
    assert.deepEqual(await readdir(`${here().folder}/config`), [])
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

  it('malformed profiles: 2 in every command, with name and field, and the file stays as it is', async () => {
    const configDir = `${here().folder}/config`
    await mkdir(configDir, { mode: 0o700 })
    const path = `${configDir}/profiles.json`
    for (const content of [
      '{"version": 1,',
      '{"version":1,"current":"acme","merchants":{"acme":{"environment":"moon"}}}',
    ]) {
      await writeFile(path, content, { mode: 0o600 })
      for (const argv of everyCommand) {
        const failure = await here().fails(2, argv, { configDir, env: { MHLOOP_MERCHANT: 'acme' } })
        assert.ok(failure.message.includes(path), failure.message)
      }
      assert.equal(await readFile(path, 'utf8'), content)
    }
  })

  it('profiles behind a symbolic link: 2 in every command (F62)', async () => {
    const configDir = `${here().folder}/config`
    await mkdir(configDir, { mode: 0o700 })
    const victim = `${here().folder}/victim.json`
    await writeFile(victim, 'untouched', { mode: 0o600 })
    await symlink(victim, `${configDir}/profiles.json`)
    for (const argv of everyCommand) {
      assert.match(
        (await here().fails(2, argv, { configDir, env: { MHLOOP_MERCHANT: 'acme' } })).message,
        /symbolic link/,
      )
    }
    assert.equal(await readFile(victim, 'utf8'), 'untouched')
  })
})

describe('a journal that can not be used ends every command that needs it, before anything is sent', () => {
  const here = onPlace()
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
        await writeFile(`${here().folder}/journal.db`, 'this is no database, only words '.repeat(500), { mode: 0o600 })
        return `${here().folder}/journal.db`
      },
    ],
    [
      'a newer schema (F48)',
      1,
      'JOURNAL_NEWER',
      async () => {
        const path = `${here().folder}/journal.db`
        assert.equal((await here().bench.run('journal status', { env: { MHLOOP_JOURNAL: `sqlite:${path}` } })).exit, 0)
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
        await writeFile(`${here().folder}/file`, '')
        return `${here().folder}/file/journal.db`
      },
    ],
    ['an address that is none', 2, 'JOURNAL_LOCATION', async () => '\u0000journal'],
  ]
  for (const [name, exit, code, make] of unusable) {
    it(`${name}: ${exit} ${code}`, async () => {
      here().bench.file({ returnId: 99904598 })
      const path = await make()
      const location = path.startsWith('\u0000') ? path.slice(1) : `sqlite:${path}`
      for (const argv of needing) {
        const failure = await here().fails(exit, argv, { env: { MHLOOP_JOURNAL: location } })
        assert.equal(failure.code, code, failure.message)
        assert.notEqual(failure.hint, null)
        assert.doesNotMatch(failure.stderr, /canary/)
      }
      assert.equal(here().bench.sandbox.requests.filter(({ method }) => method !== 'GET').length, 0)
      await here().jobStillCompletes('99904598')
    })
  }

  it('a folder that may not be written: 1 JOURNAL_UNWRITABLE', async function () {
    if (process.getuid?.() === 0) {
      process.stderr.write('skipped: for root every place is writable\n')
      return this.skip()
    }
    const place = `${here().folder}/locked`
    await mkdir(place)
    await chmod(place, 0o500)
    const failure = await here().fails(1, ['journal', 'status'], {
      env: { MHLOOP_JOURNAL: `sqlite:${place}/journal.db` },
    })
    assert.equal(failure.code, 'JOURNAL_UNWRITABLE')
  })
})
