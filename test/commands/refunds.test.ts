import assert from 'node:assert/strict'
import { openJournal } from '../../src/journal/open-journal.ts'
import { updateProfiles } from '../../src/merchants/profiles/profiles.ts'
import { type RunOptions, runMhloop } from '../run.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { assertObeysSchema } from './schemas.ts'

const added = '2026-11-01T00:00:00.000Z'
const now = new Date('2026-11-20T12:00:00.000Z')
const unlimited = { refundsPerHour: 1000, refundsPerDay: 1000, explicit: true, firstByHand: 0, receivedAt: null }

type StatusData = {
  pausedForAll: { reason: string } | null
  merchants: {
    merchant: string
    lane: string
    hour: object
    day: object
    firstByHand: object
    largestRefund: unknown
    claimedElsewhere: number
  }[]
}

describe('refunds', () => {
  const folder = temporaryFolder()
  const env = () => ({ MHLOOP_CONFIG_DIR: folder() })
  const run = (argv: string[], options: RunOptions = {}) =>
    runMhloop(['refunds', ...argv], { configDir: folder(), dataDir: `${folder()}/data`, now: () => now, ...options })
  const readStatus = async (...argv: string[]): Promise<StatusData> => {
    const { json, exit } = await run(['status', ...argv, '--json'])
    assert.equal(exit, 0)
    assertObeysSchema(json())
    return json().data
  }

  beforeEach(() =>
    updateProfiles(env(), (profiles) => ({
      ...profiles,
      current: 'acme',
      merchants: {
        acme: {
          environment: 'production',
          masonhub: { slug: 'acme' },
          policy: {
            refunds: true,
            limits: { refundsPerHour: 2, refundsPerDay: 5, firstByHand: 2, largestRefund: '250.00' },
          },
          addedAt: added,
          changedAt: added,
        },
        beta: { environment: 'sandbox', masonhub: { slug: 'beta' }, addedAt: added, changedAt: added },
      },
    })),
  )

  /** Records `count` explicit refunds of acme that Loop accepted. */
  async function refund(count: number, at: Date): Promise<void> {
    const journal = await openJournal(undefined, { dataDir: `${folder()}/data` })
    const when = at.toISOString()
    for (let index = 0; index < count; index++) {
      const identity = {
        merchant: 'acme',
        returnId: `${at.getTime()}${index}`,
        kind: 'process',
        generation: 0,
      } as const
      const { effectId } = await journal.effects.plan({ ...identity, digest: 'd', payload: {}, actor: 'a' }, when)
      await journal.effects.claimRefund(effectId, 'a', when, unlimited)
      await journal.effects.settle(effectId, { from: ['sent'], to: 'accepted', evidence: 'yes', at: when, actor: 'a' })
    }
    await journal.close()
  }

  it('status shows switch, budgets, first explicit refunds and largest refund (F23)', async () => {
    await refund(1, new Date(now.getTime() - 5 * 3_600_000))
    assert.deepEqual((await readStatus()).merchants, [
      {
        merchant: 'acme',
        environment: 'production',
        lane: 'first by hand',
        refunds: true,
        pause: null,
        sameAccount: [],
        quarantine: null,
        hour: { limit: 2, used: 0, left: 2 },
        day: { limit: 5, used: 1, left: 4 },
        firstByHand: { required: 2, done: 1 },
        largestRefund: '250.00',
        setBy: { refundsPerHour: 'acme', refundsPerDay: 'acme', firstByHand: 'acme', largestRefund: 'acme' },
        claimedElsewhere: 0,
        lastChange: null,
      },
    ])
    await refund(1, new Date(now.getTime() - 60_000))
    assert.equal((await readStatus()).merchants[0]?.lane, 'open')
    await refund(1, new Date(now.getTime() - 30_000))
    assert.equal((await readStatus()).merchants[0]?.lane, 'limit reached')
    const { stdout } = await run(['status'])
    assert.match(stdout, /Last hour +2 of 2 sent, none left/)
    assert.match(stdout, /Largest refund +250\.00/)
  })

  /** In place of all limits of acme. */
  const limit = (largestRefund: string | Record<string, string>) =>
    updateProfiles(env(), (profiles) => {
      const { acme } = profiles.merchants
      assert.ok(acme)
      const policy = { ...acme.policy, limits: { largestRefund } }
      return { ...profiles, merchants: { ...profiles.merchants, acme: { ...acme, policy } } }
    })
  const statusText = async () => (await run(['status'])).stdout.replace(/\s+/g, ' ')

  it('status shows the largest refund per currency (F23)', async () => {
    await limit({ JPY: '30000', USD: '200' })
    const [found] = (await readStatus()).merchants
    assert.deepEqual([found?.lane, found?.largestRefund], ['open', { JPY: '30000', USD: '200' }])
    assert.match(await statusText(), /Largest refund JPY 30000, USD 200 \(other currencies: by request\)/)
  })

  it('G9 an amount of one currency that can not be read holds back that currency only: status says so, and how to correct it', async () => {
    await limit({ EUR: '100.12345', USD: '200' })
    assert.equal((await readStatus()).merchants[0]?.lane, 'open')
    assert.match(
      await statusText(),
      /Largest refund USD 200 \(other currencies: by request\); “100\.12345” for EUR is not an amount; set it: mhloop merchant set largest-refund EUR=AMOUNT,USD=200 -m acme/,
    )
    await limit({ EUR: '100.12345' })
    assert.equal((await readStatus()).merchants[0]?.lane, 'limit reached')
    assert.match(await statusText(), /Largest refund every currency by request; “100\.12345” for EUR is not an amount/)
  })

  it('G9 a largest refund that can not be read lets nothing out: status says so, and how to correct it', async () => {
    await limit('100.12345')
    assert.equal((await readStatus()).merchants[0]?.lane, 'limit reached')
    assert.match(
      await statusText(),
      /Largest refund “100\.12345” is not an amount, so no refund goes out without a person.*mhloop merchant set largest-refund AMOUNT -m acme/,
    )
  })

  it('G1 status counts the refunds that another installation has claimed, and says how to find them', async () => {
    const journal = await openJournal(undefined, { dataDir: `${folder()}/data` })
    const identity = { merchant: 'acme', returnId: '99900001', kind: 'process', generation: 0 } as const
    const { effectId } = await journal.effects.plan(
      { ...identity, digest: 'd', payload: {}, actor: 'a' },
      now.toISOString(),
    )
    const evidence = 'Not sent: installation fedcba98… claimed it.'
    const change = { from: ['planned'], to: 'parked', because: 'CLAIMED_ELSEWHERE', evidence } as const
    await journal.effects.settle(effectId, { ...change, at: now.toISOString(), actor: 'a' })
    await journal.close()
    assert.equal((await readStatus()).merchants[0]?.claimedElsewhere, 1)
    assert.match(
      (await run(['status'])).stdout.replace(/\s+/g, ' '),
      /Claimed elsewhere 1 return is left to a person: .*mhloop doctor -m acme/,
    )
  })

  it('--all-merchants lists every one; a merchant without the switch is off', async () => {
    const { merchants } = await readStatus('--all-merchants')
    assert.deepEqual(
      merchants.map(({ merchant, lane }) => [merchant, lane]),
      [
        ['acme', 'first by hand'],
        ['beta', 'off'],
      ],
    )
  })

  it('pause asks nothing, needs a reason, and says who and why; resume asks', async () => {
    const unexplained = await run(['pause'])
    assert.equal(unexplained.exit, 2)
    assert.match(unexplained.stderr, /--reason/)
    for (const blank of [' ', '\u200b', '\u200b \u2060'])
      assert.equal((await run(['pause', '--reason', blank])).exit, 2)
    const paused = await run(['pause', '--reason', 'wrong dispositions', '--json'])
    assert.equal(paused.exit, 0)
    assertObeysSchema(paused.json())
    const status = await run(['status'])
    assert.match(status.stdout, /Now +paused/)
    assert.match(status.stdout, /wrong dispositions \(.+@.+, 2026-11-20 12:00 UTC\)/)
    const unasked = await run(['resume', '--json'])
    assert.equal(unasked.exit, 9)
    assertObeysSchema(unasked.json())
    assert.equal((await run(['resume'], { tty: true, answers: [false] })).exit, 9)
    assert.equal((await readStatus()).merchants[0]?.lane, 'paused')
    assert.equal((await run(['resume'], { tty: true, answers: [true] })).exit, 0)
    assert.equal((await readStatus()).merchants[0]?.lane, 'first by hand')
  })

  it('the pause for all holds every merchant, and is its own', async () => {
    const all = await run(['pause', '--all-merchants', '--reason', 'incident', '--json'])
    assertObeysSchema(all.json())
    assert.equal(all.json().merchant, null)
    await run(['pause', '-m', 'acme', '--reason', 'mine'])
    const { pausedForAll, merchants } = await readStatus('--all-merchants')
    assert.equal(pausedForAll?.reason, 'incident')
    assert.deepEqual(
      merchants.map(({ lane }) => lane),
      ['paused', 'paused'],
    )
    const mine = await run(['resume', '-m', 'acme', '--yes', '--json'])
    assertObeysSchema(mine.json())
    assert.match(mine.json().warnings[0] ?? '', /All merchants are still paused: incident/)
    assert.equal((await readStatus()).merchants[0]?.lane, 'paused')
    assert.equal((await run(['resume', '--all-merchants', '--yes'])).exit, 0)
    assert.equal((await readStatus()).merchants[0]?.lane, 'first by hand')
  })

  it('resuming what is not paused asks nothing and changes nothing', async () => {
    const { exit, json } = await run(['resume', '--json'])
    assert.equal(exit, 0)
    assert.deepEqual(json().data, { merchant: 'acme', resumed: false, pause: null, sameAccount: [], quarantine: null })
    assertObeysSchema(json())
  })

  it('one merchant and all of them at once is a usage fault', async () => {
    assert.equal((await run(['pause', '-m', 'acme', '--all-merchants', '--reason', 'x'])).exit, 2)
  })

  it('MHLOOP_MERCHANT does not conflict with --all-merchants', async () => {
    const { exit, json } = await run(['status', '--all-merchants', '--json'], { env: { MHLOOP_MERCHANT: 'acme' } })
    assert.equal(exit, 0)
    assert.equal((json().data as StatusData).merchants.length, 2)
  })

  it('an unknown merchant is not paused silently: 5', async () => {
    const { exit, stderr } = await run(['pause', '-m', 'acmee', '--reason', 'x'])
    assert.equal(exit, 5)
    assert.match(stderr, /Did you mean "acme"/)
  })
})
