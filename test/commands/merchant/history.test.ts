import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import type { SettingChange } from '../../../src/journal/journal.ts'
import { type Run, type RunOptions, runMhloop } from '../../run.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { assertObeysSchema } from '../schemas.ts'

const now = new Date('2026-11-20T12:00:00.000Z')
const keys = { MHLOOP_LOOP_API_KEY: 'loop-key-of-acme-1', MHLOOP_MASONHUB_TOKEN: 'masonhub-token-of-acme-1' }
const secret = 'a-callback-token-of-ours'

describe('G11: who changed which switch or setting', () => {
  const folder = temporaryFolder()
  const run = (argv: string[], options: RunOptions = {}): Promise<Run> =>
    runMhloop(argv, { configDir: folder(), dataDir: `${folder()}/data`, now: () => now, ...options })
  const ok = async (argv: string[], options: RunOptions = {}): Promise<Run> => {
    const ran = await run(argv, options)
    assert.equal(ran.exit, 0, `${argv.join(' ')}: ${ran.stderr}${ran.stdout}`)
    return ran
  }
  const history = async (...argv: string[]): Promise<SettingChange[]> => {
    const ran = await ok(['merchant', 'history', ...argv, '--json'])
    assertObeysSchema(ran.json())
    return ran.json().data.changes
  }
  const brief = (changes: readonly SettingChange[]) =>
    changes.map(({ what, setting, before, after }) => [what, setting, before, after])
  const add = (...more: string[]) =>
    ok(['merchant', 'add', 'acme', '--environment', 'production', '--slug', 'acme', '--no-check', ...more], {
      env: keys,
    })
  const set = (...argv: string[]) => run(['merchant', 'set', '-m', 'acme', ...argv])
  /** A file in the place of the journal's folder. */
  const withoutJournal = () => ({ dataDir: `${folder()}/occupied/data` })
  const occupy = () => writeFile(`${folder()}/occupied`, '')

  it('G11 merchant set is recorded setting by setting, before and after, with the real and the claimed user', async () => {
    await add()
    await ok(['merchant', 'set', '-m', 'acme', 'refunds-per-hour', '5', 'cutoff', '2026-10-01'], {
      env: { SUDO_USER: 'ceo' },
    })
    const [first, second, third] = await history()
    assert.deepEqual(brief([first, second].flatMap((one) => one ?? [])), [
      ['set', 'refunds-per-hour', '60', '5'],
      ['set', 'cutoff', 'none', '2026-10-01T00:00:00.000Z'],
    ])
    assert.match(`${first?.actor}`, new RegExp(`^${userInfo().username}@`))
    assert.deepEqual([first?.claimedActor, first?.at], ['ceo', now.toISOString()])
    assert.deepEqual([third?.what, third?.claimedActor], ['added', null])
  })

  it('G11 of a secret it records that it was replaced, never what it is or was, nor where it comes from', async () => {
    await add()
    await ok(['merchant', 'set', '-m', 'acme', 'callback-token', '-', '--no-check'], { stdin: secret })
    await ok(['merchant', 'set', '-m', 'acme', 'masonhub-token', 'env:ACME_TOKEN', '--no-check'])
    const changes = await history()
    assert.deepEqual(brief(changes.slice(0, 2)), [
      ['set', 'masonhub-token', null, 'replaced'],
      ['set', 'callback-token', null, 'replaced'],
    ])
    assert.doesNotMatch(JSON.stringify(changes), /of-ours|of-acme|ACME_TOKEN/)
  })

  it('G11 pause and resume are in it, and refunds status names the last change of the switch, a limit or the pause', async () => {
    await add()
    const last = async () =>
      (await ok(['refunds', 'status', '-m', 'acme', '--json'])).json().data.merchants[0].lastChange
    await ok(['merchant', 'set', '-m', 'acme', 'pull-every', '7m'])
    assert.equal(await last(), null)
    await ok(['merchant', 'set', '-m', 'acme', 'refunds-per-day', '20'])
    assert.deepEqual(brief([await last()]), [['set', 'refunds-per-day', '500', '20']])
    await ok(['refunds', 'pause', '-m', 'acme', '--reason', 'odd totals'])
    assert.deepEqual(brief([await last()]), [['paused', 'pause', 'off', 'on']])
    const recorded = (await ok(['refunds', 'status', '-m', 'acme'])).stdout.replace(/\s+/g, ' ')
    assert.match(recorded, /Last change pause: off → on: odd totals \(\S+@\S+, 2026-11-20 12:00 UTC\)/)
    await ok(['refunds', 'pause', '-m', 'acme', '--reason', 'odder'])
    await ok(['refunds', 'resume', '-m', 'acme', '--yes'])
    await ok(['refunds', 'resume', '-m', 'acme', '--yes'])
    await ok(['refunds', 'pause', '--all-merchants', '--reason', 'incident'])
    assert.deepEqual(
      (await history())
        .slice(0, 4)
        .map(({ merchant, what, before, after, reason }) => [merchant, what, before, after, reason]),
      [
        [null, 'paused', 'off', 'on', 'incident'],
        ['acme', 'resumed', 'on', 'off', null],
        ['acme', 'paused', 'on', 'on', 'odder'],
        ['acme', 'paused', 'off', 'on', 'odd totals'],
      ],
    )
  })

  it('G11 a merchant that was removed, and one of a file, keep their history', async () => {
    const file = `${folder()}/merchants.yaml`
    await writeFile(file, 'merchants:\n  beta:\n    environment: sandbox\n    slug: beta\n')
    await ok(['merchant', 'apply', '-f', file, '--no-check'])
    await writeFile(file, 'merchants:\n  beta:\n    environment: sandbox\n    slug: beta\n    first-by-hand: 30\n')
    await ok(['merchant', 'apply', '-f', file, '--no-check'])
    await ok(['merchant', 'apply', '-f', file, '--no-check'])
    await ok(['merchant', 'remove', 'beta', '--yes'])
    const changes = await history('-m', 'beta')
    assert.deepEqual(brief(changes.slice(0, 2)), [
      ['removed', null, null, null],
      ['set', 'first-by-hand', '0', '30'],
    ])
    assert.ok(changes.slice(2).every(({ what }) => what === 'added'))
    assert.equal((await run(['merchant', 'history', '-m', 'betta'])).exit, 5)
  })

  it('G11 in a pipe, as CSV and as NDJSON, and since when', async () => {
    await add()
    const all = await history()
    assert.match(
      (await ok(['merchant', 'history'])).stdout,
      /^at\tmerchant\tactor\tclaimedActor\twhat\tsetting\tbefore\tafter\treason\n/,
    )
    assert.equal(
      (await ok(['merchant', 'history', '--format', 'csv'])).stdout.trim().split('\r\n').length,
      all.length + 1,
    )
    assert.equal((await ok(['merchant', 'history', '--format', 'ndjson'])).stdout.trim().split('\n').length, all.length)
    const later = await run(['merchant', 'history', '--since', '1h'], {
      now: () => new Date(now.getTime() + 7_200_000),
    })
    assert.deepEqual([later.exit, later.stdout], [0, ''])
    assert.equal((await ok(['merchant', 'history', '--limit', '1', '--json'])).json().data.more, true)
  })

  it('G11 without a journal, what tightens is done with a warning, and what loosens is refused with the cause', async () => {
    await add('--refunds-per-hour', '5')
    await mkdir(folder(), { recursive: true })
    await occupy()
    const tight = await run(
      ['merchant', 'set', '-m', 'acme', 'refunds', 'off', 'refunds-per-hour', '2', '--json'],
      withoutJournal(),
    )
    assert.equal(tight.exit, 0, tight.stdout)
    assert.match(tight.json().warnings.join(' '), /could not record/)
    const pause = await run(['refunds', 'pause', '-m', 'acme', '--reason', 'x', '--json'], withoutJournal())
    assert.match(pause.json().error.hint ?? '', /: mhloop merchant set -m acme refunds off$/)
    const loose = await run(
      ['merchant', 'set', '-m', 'acme', 'refunds-per-hour', '9', '--yes', '--json'],
      withoutJournal(),
    )
    assert.notEqual(loose.exit, 0)
    assert.match(
      loose.json().error.message,
      /allows more refunds, and the journal can't record who.* Nothing was stored\./,
    )
    assert.ok(loose.json().error.hint)
    const printed = (await ok(['merchant', 'show', 'acme', '--json'])).json().data
    assert.match(JSON.stringify(printed), /"refundsPerHour":\{"value":2/)
    assert.deepEqual(
      brief(await history()).filter(([what]) => what === 'set'),
      [],
    )
    assert.equal((await set('refunds-per-hour', '3', '--yes')).exit, 0)
    assert.deepEqual(brief((await history()).slice(0, 1)), [['set', 'refunds-per-hour', '2', '3']])
  })

  it('G11 the reason mapping, set, removed, imported, and who chose the merchant, are in it', async () => {
    await add()
    await ok(['merchant', 'add', 'beta', '--environment', 'sandbox', '--slug', 'beta', '--no-check'], { env: keys })
    const recorded = (await history('--all-merchants')).length
    await ok(['mapping', 'reasons', 'set', 'Too small', 'tooSmall', '-m', 'acme'], { env: { SUDO_USER: 'ceo' } })
    await ok(['mapping', 'reasons', 'set', 'Too small', 'tooSmall', '-m', 'acme'])
    await ok(['mapping', 'reasons', 'import', '-', '-m', 'acme', '--dry-run'], {
      stdin: 'Loop reason,MasonHub code\nTorn,damaged\n',
    })
    await ok(['mapping', 'reasons', 'import', '-', '-m', 'acme', '--prune', '--yes'], {
      stdin: 'Loop reason,MasonHub code\nTorn,damaged\n',
    })
    await ok(['mapping', 'reasons', 'set', 'Torn', '--remove', '-m', 'acme'])
    await ok(['merchant', 'use', 'beta'])
    await ok(['merchant', 'use', 'beta'])
    const changes = await history('--all-merchants')
    assert.deepEqual(brief(changes.slice(0, changes.length - recorded)), [
      ['chosen', 'current', 'acme', 'beta'],
      ['set', 'reasons: Torn', 'damaged', null],
      ['set', 'reasons: Too small', 'tooSmall', null],
      ['set', 'reasons: Torn', null, 'damaged'],
      ['set', 'reasons: Too small', null, 'tooSmall'],
    ])
    assert.equal(changes.find(({ setting }) => setting === 'reasons: Too small')?.claimedActor, null)
    assert.equal(changes.filter(({ setting }) => setting === 'reasons: Too small').at(-1)?.claimedActor, 'ceo')
  })

  it('G11 the encryption of the credentials file is in it, with who did it', async () => {
    await add('--store', 'file')
    const passphrase = { MHLOOP_CREDENTIALS_PASSPHRASE: 'a passphrase that is long enough' }
    await ok(['merchant', 'encrypt', '--yes'], { env: passphrase })
    assert.deepEqual(brief((await history('-m', 'acme')).slice(0, 1)), [
      ['encrypted', 'credentials-file', 'open', 'encrypted'],
    ])
  })
})
