import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { openJournal } from '../../src/journal/open-journal.ts'
import { event } from '../journal/fresh.ts'
import { runMhloop } from '../run.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { assertObeysSchema } from './schemas.ts'

type Status = {
  location: string
  problems: string[]
  counts: { effects: Record<string, number> }
  unsettled: { returnId: string; state: string; ageSeconds: number }[]
}

describe('journal', () => {
  const folder = temporaryFolder()
  const run = (argv: string, env: Record<string, string> = {}) => runMhloop(argv, { dataDir: folder(), env })

  async function send(returnId: string, at: Date): Promise<void> {
    const journal = await openJournal(undefined, { dataDir: folder() })
    const effect = {
      merchant: 'acme',
      returnId,
      kind: 'rma.create',
      generation: 0,
      digest: 'd',
      payload: {},
      actor: 'a',
    } as const
    const { effectId } = await journal.effects.plan(effect, at.toISOString())
    await journal.effects.claim(effectId, 'a', at.toISOString())
    await journal.close()
  }

  it('status of a new one: healthy, empty, and where it is', async () => {
    const { exit, json } = await run('journal status --json')
    assert.equal(exit, 0)
    assertObeysSchema(json())
    const data: Status = json().data
    assert.ok(data.location.startsWith(folder()))
    assert.deepEqual(data.unsettled, [])
    const human = await run('journal status')
    assert.match(human.stdout, /Health +no problems/)
    assert.match(human.stdout, /synchronous=/)
  })

  it('lists what is not settled, oldest first, with its age; past 15 minutes that is a problem (F2)', async () => {
    await send('99904598', new Date(Date.now() - 5_000))
    assert.equal((await run('journal status')).exit, 0)
    await send('99904599', new Date(Date.now() - 3 * 3_600_000))
    const { exit, json } = await run('journal status --json')
    assert.equal(exit, 3)
    assertObeysSchema(json())
    const data: Status = json().data
    assert.deepEqual(
      data.unsettled.map(({ returnId, state }) => [returnId, state]),
      [
        ['99904599', 'sent'],
        ['99904598', 'sent'],
      ],
    )
    assert.equal(data.problems.length, 1)
    assert.equal(data.counts.effects.sent, 2)
    const human = await run('journal status')
    assert.match(human.stdout, /3 h +acme +99904599 +rma\.create +sent/)
  })

  it('check reads everything: 0 when sound, 3 with problems', async () => {
    const sound = await run('journal check --json')
    assert.equal(sound.exit, 0)
    assertObeysSchema(sound.json())
    await send('99904599', new Date(Date.now() - 3_600_000))
    assert.equal((await run('journal check')).exit, 3)
  })

  it('a file that is no journal is refused, and left as it is', async () => {
    await mkdir(`${folder()}/elsewhere`, { mode: 0o700 })
    const path = `${folder()}/elsewhere/notes.txt`
    await writeFile(path, 'not a database, '.repeat(1000))
    const { exit, json } = await run('journal check --json', { MHLOOP_JOURNAL: `sqlite:${path}` })
    assert.equal(exit, 1)
    assertObeysSchema(json())
  })

  it('a location that is none ends with 2', async () => {
    assert.equal((await run('journal status', { MHLOOP_JOURNAL: 'mysql:x' })).exit, 2)
  })

  it('H16 forget takes ids or --before, names what it keeps, and never guesses', async () => {
    await send('99904598', new Date(Date.now() - 5_000))
    const journal = await openJournal(undefined, { dataDir: folder() })
    const seen = ['99904598', '99904599'].map((returnId) => {
      return { returnId, customerIdentifier: returnId, orderName: '#1', returnUpdatedAt: null }
    })
    const now = new Date().toISOString()
    await journal.links.see('acme', seen, now)
    await journal.links.setStatus('acme', [{ returnId: '99904599', status: 'skipped', reason: 'CLOSED' }], now)
    await journal.close()
    for (const argv of ['journal forget', 'journal forget 99904598 --before 1d', 'journal forget #1'])
      assert.equal((await run(argv)).exit, 2, argv)
    assert.equal((await run('journal forget 123456 --json')).exit, 5)
    const { exit, json } = await run('journal forget 99904598 99904599 --yes --json')
    assert.equal(exit, 3)
    assertObeysSchema(json())
    const { returns, kept: retained } = json().data
    assert.deepEqual([returns, retained.map(({ code }: { code: string }) => code)], [1, ['UNSETTLED']])
    const human = await run('journal forget 99904598 --dry-run')
    assert.match(human.stdout, /Kept \(1\)[\s\S]*99904598[\s\S]*rma\.create is sent/)
    const again = await run('journal forget 99904599 --yes --json')
    assert.deepEqual([again.exit, again.json().data.kept[0].code], [0, 'FORGOTTEN_BEFORE'])
  })

  it('F64 forget counts unreadable messages beforehand, and asks before it empties them', async () => {
    const journal = await openJournal(undefined, { dataDir: folder() })
    const old = new Date(Date.now() - 40 * 86_400_000).toISOString()
    await journal.events.storeMany([
      event({ merchant: 'acme', digest: 'a', body: 'Ann', state: 'quarantined', receivedAt: old }),
      event({ merchant: 'globex', digest: 'b', body: 'Bob', state: 'quarantined', receivedAt: old }),
    ])
    await journal.close()
    const dry = await run('journal forget --before 1w --dry-run --json')
    assert.deepEqual([dry.exit, dry.json().data.bodies, dry.json().data.returns], [0, 2, 0])
    assertObeysSchema(dry.json())
    const unasked = await run('journal forget --before 1w -m acme')
    assert.equal(unasked.exit, 9)
    assert.match(unasked.stderr, /from 0 returns of acme finished before \S+, and from 1 unreadable message received/)
    const done = await run('journal forget --before 1w --yes --json', { MHLOOP_MERCHANT: 'acme' })
    assert.deepEqual([done.exit, done.json().data.bodies], [0, 1])
    assert.equal((await run('journal forget --before 1w --dry-run --json')).json().data.bodies, 1)
  })

  it('F66 forget refuses a merchant that neither the profiles nor the journal know, and follows MHLOOP_MERCHANT', async () => {
    await send('99904598', new Date(Date.now() - 5_000))
    for (const [argv, env] of [
      ['journal forget --before 1w -m acne --yes --json', {}],
      ['journal forget --before 1w --yes --json', { MHLOOP_MERCHANT: 'acne' }],
    ] as const) {
      const { exit, json } = await run(argv, env)
      assert.deepEqual([exit, json().error.code], [5, 'MERCHANT_UNKNOWN'])
      assert.match(json().error.message, /Did you mean "acme"\?$/)
    }
    assert.equal((await run('journal forget --before 1w -m acme --yes --json')).exit, 0, 'the journal knows it')
  })
})
