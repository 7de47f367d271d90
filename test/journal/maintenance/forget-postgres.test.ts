/** After forgetting, the bytes of a table on the disk contain nothing of a shopper (H17). */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { openJournal } from '../../../src/journal/open-journal.ts'
import { needsPostgres } from '../../postgres/needs-postgres.ts'
import { asOwner, freshPlace, type Place } from '../../postgres/server.ts'
import { at, event, minutes } from '../fresh.ts'

const tables = ['links', 'parcels', 'effects', 'history', 'events']
const word = 'piiwilma'

describe('forgetting shoppers on PostgreSQL', () => {
  needsPostgres()

  async function onDisk({ schema }: Place): Promise<string[]> {
    return await asOwner(async (client) => {
      await client.query('checkpoint')
      const found: string[] = []
      for (const table of tables) {
        const read = `select pg_read_binary_file(pg_relation_filepath('${schema}.${table}')) as bytes`
        const { rows } = await client.query(read)
        if ((rows[0].bytes as Buffer).toString('latin1').includes(word)) found.push(table)
      }
      return found
    })
  }

  it('H17 what was forgotten leaves the pages of the tables, of forget and of expired bodies', async () => {
    const place = await freshPlace()
    try {
      const journal = await openJournal(place.location, { dataDir: tmpdir() })
      const seen = { returnId: '1', customerIdentifier: '1', orderName: `#${word}`, returnUpdatedAt: at }
      await journal.links.see('acme', [seen], at)
      await journal.links.setStatus('acme', [{ returnId: '1', status: 'gone', reason: word }], at)
      const parcel = { returnId: '1', parcelId: word, kind: 'label', lineItemIds: null, status: null } as const
      await journal.parcels.see('acme', [{ ...parcel, changedAt: null }], at)
      const entry = {
        at,
        merchant: 'acme',
        returnId: '1',
        actor: 'ann',
        what: 'seen',
        kind: null,
        effectId: null,
      } as const
      await journal.history.append([{ ...entry, message: `for ${word}` }])
      const unread = { returnId: null, body: `{"name":"${word}`, state: 'quarantined', reason: 'NOT_JSON' } as const
      await journal.events.storeMany([event({ digest: 'x', ...unread })])
      assert.deepEqual(await onDisk(place), ['links', 'parcels', 'history', 'events'])
      assert.equal(await journal.events.forgetBodies(minutes(60)), 1)
      await journal.links.setStatus('acme', [{ returnId: '1', status: 'gone', reason: null }], at)
      await journal.forget({ before: null, returnIds: ['1'], at: minutes(90), actor: 'ann', dryRun: false })
      assert.deepEqual(await onDisk(place), [])
      await journal.close()
    } finally {
      await place.drop()
    }
  })
})
