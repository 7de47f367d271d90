import assert from 'node:assert/strict'
import { openJournal } from '../../src/journal/open-journal.ts'
import { at, clock, effect } from '../journal/fresh.ts'
import { needsPostgres } from './needs-postgres.ts'
import { asOwner, type Place } from './server.ts'
import { dropSpare, giveBack, rememberUntouched, usablePlace } from './used-places.ts'

describe('a schema whose test is over', () => {
  needsPostgres()
  afterEach(dropSpare)

  /** A schema with a journal that was used. */
  async function used(): Promise<{ place: Place; installationId: string }> {
    const place = await usablePlace()
    const journal = await openJournal(place.location, { dataDir: '', clock })
    await rememberUntouched(place)
    await journal.effects.plan(effect(), at)
    const installationId = await journal.installationId()
    await journal.close()
    return { place, installationId }
  }

  const isThere = async ({ schema }: Place) =>
    await asOwner(async (client) => {
      const { rows } = await client.query('select 1 from pg_namespace where nspname = $1', [schema])
      return rows.length === 1
    })

  it('is used again without its rows, as another installation, with the rules that keep what was sent', async () => {
    const { place, installationId } = await used()
    await giveBack(place)
    const next = await usablePlace()
    assert.equal(next.schema, place.schema)
    const journal = await openJournal(next.location, { dataDir: '', clock })
    assert.deepEqual(await journal.effects.find({}), [])
    assert.notEqual(await journal.installationId(), installationId)
    await journal.close()
    await assert.rejects(
      asOwner((client) => client.query(`truncate ${next.schema}.effects`)),
      /never forgotten/,
    )
    await giveBack(next)
  })

  it('is dropped when the test has changed more than rows', async () => {
    for (const change of ['alter table effects disable trigger all', 'alter table links add column other text']) {
      const { place } = await used()
      await asOwner((client) => client.query(`set search_path = ${place.schema}; ${change}`))
      await giveBack(place)
      assert.equal(await isThere(place), false, change)
    }
  })

  it('is dropped at the end at the latest', async () => {
    const { place } = await used()
    await giveBack(place)
    assert.equal(await isThere(place), true)
    await dropSpare()
    assert.equal(await isThere(place), false)
  })
})
