/**
 * What is stored of shoppers, and for how long (F64), according to the bytes of the journal and not to mhloop's output.
 */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expireBodies, expireOnce } from '../../src/usecases/serve/expire-bodies.ts'
import { type ConnectedHarness, connectedHarnesses } from '../acceptance/connected-harness.ts'
import { day } from '../acceptance/harness.ts'

const shopper = { email: 'pii-wilma@shoppers.example', firstName: 'Piiwilma', lastName: 'Piivanderbilt' }
const words = [...Object.values(shopper), 'pii-comment']

/** How often each word occurs in a file of the journal's folder, including free pages and logs. */
async function foundOnDisk(at: ConnectedHarness): Promise<Record<string, number>> {
  const folder = dirname((await at.journal.health()).location)
  const found: Record<string, number> = {}
  for (const name of (await readdir(folder)).filter((file) => file.startsWith('journal.db'))) {
    const bytes = await readFile(join(folder, name), 'latin1')
    for (const word of words) {
      const count = bytes.split(word).length - 1
      if (count > 0) found[`${word} in ${name}`] = count
    }
  }
  return found
}

describe('personal data (F64)', () => {
  const open = connectedHarnesses()
  const filed = { customer: shopper, units: [{ sku: 'TEE-BLK-M', comment: 'pii-comment: a gift' }] }

  it('F64: of messages, syncs, refunds and flags nothing of a shopper is ever written', async () => {
    const at = await open()
    const [good, bad] = [at.file(filed), at.file(filed)]
    await at.run(3 * 60_000, { jobs: false })
    at.receive(good)
    at.receive(bad, { lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'damaged', quantity: 1 }] }] })
    await at.run(30 * 60_000)
    assert.deepEqual([at.paidByUs(good), at.groundTruth('return_flagged', bad).length], [1, 1])
    assert.deepEqual(await foundOnDisk(at), {})
    assert.doesNotMatch(JSON.stringify(at.log), /pii/i)
  })

  it('F64: an unreadable message is kept for a month, and then its bytes are gone from the disk', async () => {
    const at = await open()
    const unreadable = `{"topic":"return","customer":${JSON.stringify(shopper)},"note":"pii-comment"`
    for (let number = 0; number < 20; number += 1) assert.equal(await at.post('loop', `${unreadable} ${number}`), 200)
    assert.equal((await at.events({ states: ['quarantined'] })).length, 20)
    assert.notDeepEqual(await foundOnDisk(at), {})
    const log: string[] = []
    const expire = () =>
      expireOnce({
        journal: at.journal,
        now: () => at.clock.now(),
        log: ({ event, detail }) => log.push(event + detail),
      })
    at.pass(29 * day)
    await expire()
    assert.notDeepEqual(await foundOnDisk(at), {})
    at.pass(2 * day)
    await expire()
    assert.deepEqual(await foundOnDisk(at), {})
    await expire()
    assert.deepEqual(log, ['message bodies expired20'])
    assert.equal((await at.events({ states: ['quarantined'] })).length, 20)
  })

  it('H17: the job reports a journal that fails, goes on, and ends with the signal', async () => {
    const ending = new AbortController()
    const printed: string[] = []
    const failing = { events: { forgetBodies: () => Promise.reject(new Error('disk')) } }
    await expireBodies({
      journal: failing as unknown as Parameters<typeof expireBodies>[0]['journal'],
      now: () => new Date(),
      signal: ending.signal,
      log: ({ level, event }) => {
        printed.push(`${level} ${event}`)
        ending.abort()
      },
    })
    assert.deepEqual(printed, ['error expiry failed'])
  })
})
