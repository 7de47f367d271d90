import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import pg from 'pg'
import { Fault } from '../../../src/core/errors/fault.ts'
import { openJournal } from '../../../src/journal/open-journal.ts'
import { connectionOf, hasPassword, printableLocation } from '../../../src/journal/postgres/location.ts'
import { migrate } from '../../../src/journal/postgres/migrate.ts'
import { assertFit, openPostgres } from '../../../src/journal/postgres/open-postgres.ts'
import { faultOf } from '../../../src/journal/postgres/postgres-faults.ts'
import { type Facts, openSessions } from '../../../src/journal/postgres/sessions.ts'
import { migrations, schemaVersion } from '../../../src/journal/schema/migrations.ts'
import { needsPostgres } from '../../postgres/needs-postgres.ts'
import { startPooler } from '../../postgres/pooler.ts'
import { asOwner, freshPlace, type Place } from '../../postgres/server.ts'
import { at, effect, event, refund } from '../fresh.ts'
import { assertMigrated, rowsBefore } from '../schema/earlier.ts'

const hurried = { answer: 5_000, outage: 300 }

describe('opening a shared journal', () => {
  needsPostgres()

  let place: Place
  beforeEach(async () => {
    place = await freshPlace()
  })
  afterEach(() => place.drop())

  const run = (statement: string) =>
    asOwner(async (client) => {
      await client.query(`set search_path = ${place.schema}`)
      return (await client.query(statement)).rows
    })
  const openAndClose = async (location = place.location) => {
    const engine = await openPostgres(location, { timeouts: hurried })
    await engine.store.destroy()
  }
  const rejected = async (location?: string): Promise<Fault> => {
    try {
      await openAndClose(location)
    } catch (error) {
      assert.ok(error instanceof Fault, inspect(error))
      return error
    }
    return assert.fail('it opened')
  }

  it('makes it, and finds it there again; never shows a password', async () => {
    const withPassword = new URL(place.location)
    withPassword.password = 'hunter2'
    const first = await openJournal(withPassword.href, { dataDir: '' })
    const { effectId } = await first.effects.plan(effect(), at)
    const health = await first.health({ deep: true })
    assert.deepEqual([health.engine, health.schemaVersion, health.problems], ['postgres', schemaVersion, []])
    assert.equal(health.location, `postgres://mhloop@${withPassword.host}${withPassword.pathname}`)
    assert.ok(health.sizeBytes > 0)
    assert.doesNotMatch(inspect(health, { depth: 9 }), /hunter2/)
    await first.close()
    await first.close()
    const second = await openJournal(place.location, { dataDir: '' })
    assert.equal((await second.effects.get(effectId))?.state, 'planned')
    assert.match(await second.installationId(), /^[0-9a-f-]{36}$/)
    await second.close()
  })

  it('says what is wrong with a server that is not there, a database that does not exist, and a URL that is none', async () => {
    const unreachable = await rejected('postgres://ann:hunter2@127.0.0.1:1/mhloop')
    assert.deepEqual([unreachable.code, unreachable.exit, unreachable.blame], ['JOURNAL_UNREACHABLE', 1, 'machine'])
    assert.equal(
      unreachable.message,
      "The journal postgres://ann@127.0.0.1:1/mhloop can't be reached: nothing listens there.",
    )
    const elsewhere = new URL(place.location)
    elsewhere.pathname = '/nowhere'
    const denied = await rejected(elsewhere.href)
    assert.deepEqual([denied.code, denied.exit], ['JOURNAL_DENIED', 4])
    assert.match(denied.message, /there is no such database/)
    const wrong = await rejected('postgres://ann:hunter2@host:port/x')
    assert.deepEqual([wrong.code, wrong.exit], ['JOURNAL_LOCATION', 2])
    for (const fault of [unreachable, denied, wrong]) assert.doesNotMatch(inspect(fault, { depth: 9 }), /hunter2/)
  })

  it('reads its settings back on every connection, and corrects a server that acknowledges too early (F10)', async () => {
    const careless = new URL(place.location)
    careless.searchParams.set('options', `${careless.searchParams.get('options')} -c synchronous_commit=off`)
    const journal = await openJournal(careless.href, { dataDir: '' })
    const { settings } = await journal.health()
    assert.deepEqual(
      [settings['synchronous_commit'], settings['fsync'], settings['transaction_isolation']],
      ['on', 'on', 'read_committed'],
    )
    assert.deepEqual([settings['statement_timeout'], settings['lock_timeout']], ['30s', '10s'])
    await journal.close()
  })

  it('refuses a server that forgets, is too old, or can hold no name but in one alphabet', () => {
    const fit: Facts = {
      pid: 1,
      started: '',
      standby: false,
      schema: 'public',
      database: '5',
      cluster: null,
      version: 150_000,
      server_version: '15.0',
      server_encoding: 'UTF8',
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      transaction_isolation: 'read committed',
      statement_timeout: '30s',
      lock_timeout: '10s',
    }
    assertFit(fit, 'x')
    const wrong: [Partial<Facts>, string][] = [
      [{ fsync: 'off' }, 'JOURNAL_NOT_DURABLE'],
      [{ full_page_writes: 'off' }, 'JOURNAL_NOT_DURABLE'],
      [{ synchronous_commit: 'off' }, 'JOURNAL_NOT_DURABLE'],
      [{ version: 140_011, server_version: '14.11' }, 'JOURNAL_POSTGRES_TOO_OLD'],
      [{ server_encoding: 'SQL_ASCII' }, 'JOURNAL_NOT_SUPPORTED'],
      [{ schema: null }, 'JOURNAL_DENIED'],
      [{ standby: true }, '25006'],
    ]
    for (const [change, code] of wrong) assert.throws(() => assertFit({ ...fit, ...change }, 'x'), { code })
  })

  it('refuses a pooler that shares sessions between transactions, and takes one that does not (failures.md §2.6)', async () => {
    const pooler = await startPooler(place.location, 'transaction')
    assert.equal((await rejected(pooler.location)).code, 'JOURNAL_POOLED')
    await pooler.close()
    const honest = await startPooler(place.location, 'session')
    await openAndClose(honest.location)
    await honest.close()
  })

  describe('H10: how it is reached', () => {
    const tlsOf = (location: string, env: Record<string, string> = {}) => {
      const { ssl } = connectionOf(location, env)
      return typeof ssl === 'object' ? ssl.rejectUnauthorized : ssl
    }
    const refusal = (location: string, env: Record<string, string> = {}) => {
      try {
        connectionOf(location, env)
      } catch (error) {
        assert.ok(error instanceof Fault, inspect(error))
        assert.deepEqual([error.code, error.exit, error.blame], ['JOURNAL_LOCATION', 2, 'input'])
        assert.match(error.hint ?? '', /MHLOOP_JOURNAL.*: \w/)
        assert.doesNotMatch(inspect(error), /hunter2/)
        return error.message
      }
      return assert.fail(`${location} was taken`)
    }

    it('H10: by TLS with a checked certificate on any other machine, wherever its name is', () => {
      for (const [location, env] of [
        ['postgres://ann@db.example.com/mhloop', {}],
        ['postgres://ann@db.example.com/mhloop?sslmode=verify-full', {}],
        ['postgres:///mhloop', { PGHOST: 'db.example.com' }],
        ['postgres://ann@/mhloop', { PGHOST: 'db.example.com' }],
        ['postgres://localhost/mhloop?host=db.example.com', {}],
        ['postgres://ann@10.0.0.7/mhloop', {}],
        ['postgres://ann@localhost.example.com/mhloop', {}],
        ['postgres://ann@127.0.0.1.example.com/mhloop', {}],
        // A weaker setting from the environment is not accepted.
        ['postgres://ann@db.example.com/mhloop', { PGSSLMODE: 'no-verify' }],
        ['postgres://ann@db.example.com/mhloop', { PGSSLMODE: 'disable' }],
      ] as const) {
        assert.equal(tlsOf(location, env), true, location)
      }
    })

    it('H10: without on this machine, unless it is asked for', () => {
      for (const here of ['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]', '%2Fvar%2Frun%2Fpostgresql']) {
        assert.equal(tlsOf(`postgres://ann@${here}/mhloop`), false, here)
        assert.equal(tlsOf(`postgres://ann@${here}/mhloop?sslmode=disable`), false, here)
      }
      assert.equal(tlsOf('postgres://ann@/mhloop?host=/var/run/postgresql'), false)
      assert.equal(tlsOf('postgres:///mhloop'), false)
      assert.equal(tlsOf('postgres:///mhloop', { PGHOST: '/run/postgresql' }), false)
      assert.equal(tlsOf('postgres://ann@127.0.0.1/mhloop?sslmode=verify-full'), true)
      assert.equal(tlsOf('postgres://ann@127.0.0.1/mhloop', { PGSSLMODE: 'verify-full' }), true)
    })

    it('H10: and not at all in any other way', () => {
      const remote = 'postgres://ann:hunter2@db.example.com/mhloop'
      for (const mode of ['', 'no-verify', 'require', 'prefer', 'allow', 'verify-ca', 'DISABLE', 'verify_full']) {
        assert.match(refusal(`${remote}?sslmode=${mode}`), /would not verify the server's identity/)
      }
      assert.match(refusal(`${remote}?sslmode=disable`), /this machine only, and db\.example\.com is another/)
      assert.match(refusal('postgres:///mhloop?sslmode=disable', { PGHOST: 'db.example.com' }), /this machine only/)
      assert.match(refusal('postgres://localhost/mhloop?host=db.example.com&sslmode=disable'), /this machine only/)
      assert.match(refusal('postgres://localhost/mhloop?sslmode=no-verify'), /would not verify the server's identity/)
      for (const twice of ['host=localhost&host=db.example.com', 'sslmode=verify-full&sslmode=disable'])
        assert.match(refusal(`${remote}?${twice}`), /twice/)
      assert.match(refusal('postgres://localhost,db.example.com/mhloop'), /several hosts/)
      assert.match(refusal('postgres:///mhloop', { PGHOST: 'localhost,db.example.com' }), /several hosts/)
      for (const other of ['ssl=0', 'ssl=no-verify', 'uselibpqcompat=true', 'sslnegotiation=direct', 'sslmod=disable'])
        assert.match(refusal(`${remote}?${other}`), /is not supported/)
      assert.match(refusal(`${remote}?sslrootcert=/no/such/file`), /can't be read/)
      assert.match(refusal('postgres://ann:hunter2@host:port/x'), /not a PostgreSQL URL/)
    })

    it('H10: says what is wrong with a certificate, and what to do about that', () => {
      for (const [code, message, hint] of [
        ['SELF_SIGNED_CERT_IN_CHAIN', /could not be checked\.$/, /sslrootcert=FILE/],
        ['ERR_TLS_CERT_ALTNAME_INVALID', /is for another host name\.$/, /use the host name of the certificate/],
        ['CERT_HAS_EXPIRED', /has expired\.$/, /renew it/],
        ['CERT_NOT_YET_VALID', /is not valid yet\.$/, /clock/],
      ] as const) {
        const fault = faultOf(Object.assign(new Error('no'), { code }), 'postgres://ann@db/mhloop') as Fault
        assert.deepEqual([fault.code, fault.exit], ['JOURNAL_DENIED', 4])
        assert.match(fault.message, message)
        assert.match(fault.hint ?? '', hint)
      }
    })

    it('H10: shows the host that is really asked, and no secret', () => {
      const printed = (location: string, env: Record<string, string> = {}) => printableLocation(location, env)
      assert.equal(printed('postgres://ann:s3cret@db/mhloop?password=s3cret&options=x'), 'postgres://ann@db/mhloop')
      assert.equal(printed('postgres://db:5433/mhloop'), 'postgres://db:5433/mhloop')
      assert.equal(printed('postgres://localhost/mhloop?host=db'), 'postgres://db/mhloop')
      assert.equal(printed('postgres:///mhloop', { PGHOST: 'db' }), 'postgres://db/mhloop')
      assert.equal(printed('postgres://ann@/mhloop?host=/run/pg'), 'postgres://ann@/mhloop?host=/run/pg')
      assert.equal(printed('postgres://ann@[::1]/mhloop'), 'postgres://ann@[::1]/mhloop')
      assert.deepEqual(['postgres://a:b@c/d', 'postgres://a@c/d?password=b', 'postgres://a@c/d'].map(hasPassword), [
        true,
        true,
        false,
      ])
    })
  })

  it('refuses what a newer mhloop has written, also while it is open, and leaves it as it is (F48)', async () => {
    const journal = await openJournal(place.location, { dataDir: '' })
    await run(`update meta set value = '${schemaVersion + 1}' where name = 'schema_version'`)
    assert.deepEqual((await rejected()).code, 'JOURNAL_NEWER')
    await assert.rejects(journal.effects.plan(effect(), at), { code: 'JOURNAL_NEWER' })
    assert.deepEqual(await journal.effects.find({}), [])
    await run(`update meta set value = '${schemaVersion}' where name = 'schema_version'`)
    assert.equal((await journal.effects.plan(effect(), at)).state, 'planned')
    await journal.close()
  })

  it("refuses a schema with another program's tables, without touching it", async () => {
    await run('create table events (id int)')
    assert.equal((await rejected()).code, 'JOURNAL_FOREIGN')
    const tables = await run(`select relname from pg_class c join pg_namespace n on n.oid = relnamespace
      where nspname = '${place.schema}' and relkind = 'r'`)
    assert.deepEqual(tables, [{ relname: 'events' }])
  })

  it('migrates from each version, all or nothing (F48)', async () => {
    const sessions = await openSessions(place.location, () => undefined, hurried)
    const session = await sessions.acquire()
    await migrate(session, 'x', migrations.slice(0, 1))
    await assert.rejects(
      migrate(session, 'x', [
        ...migrations.slice(0, 1),
        () => 'create table half_done (x int); create table meta (x int)',
      ]),
      /already exists/,
    )
    assert.deepEqual(await run(`select to_regclass('half_done') as half`), [{ half: null }])
    assert.deepEqual(await run(`select value from meta where name = 'schema_version'`), [{ value: '1' }])
    await run(`insert into effects (effect_id, merchant, return_id, kind, generation, state, digest, payload, actor, owner,
      attempts, planned_at, sent_at) values ('e1', 'acme', '1', 'process', 0, 'sent', 'd', '{}', 'ann', 'ann', 1, '${at}', '${at}')`)
    session.release()
    await sessions.close()
    const journal = await openJournal(place.location, { dataDir: '' })
    assert.equal((await journal.health()).schemaVersion, schemaVersion)
    assert.equal((await journal.effects.plan(refund('1'), at)).state, 'sent')
    await journal.close()
  })

  for (const version of [1, 2]) {
    it(`of schema ${version} keeps its effects, takes the new kinds and still refuses a second refund (F1, F48)`, async () => {
      const sessions = await openSessions(place.location, () => undefined, hurried)
      const session = await sessions.acquire()
      await migrate(session, 'x', migrations.slice(0, version))
      for (const statement of rowsBefore) await run(statement)
      session.release()
      await sessions.close()
      const engine = await openPostgres(place.location)
      await assertMigrated(engine)
      await engine.store.destroy()
    })
  }

  it('stores what PostgreSQL has no character for (F28)', async () => {
    const journal = await openJournal(place.location, { dataDir: '' })
    await journal.events.storeMany([event({ body: 'a\0b\ud800', state: 'quarantined', reason: 'NOT_JSON' })])
    assert.equal((await journal.events.find({}))[0]?.body, 'a\ufffdb\ufffd')
    await journal.close()
  })

  it('wakes other processes when events come, and makes them check all after a broken connection', async () => {
    const [one, other] = await Promise.all([1, 2].map(() => openJournal(place.location, { dataDir: '' })))
    assert.ok(one && other)
    const heard: (string | null)[] = []
    let ring = () => undefined as unknown
    const next = () =>
      new Promise((resolve) => {
        ring = () => resolve(null)
      })
    await other.events.listen((merchant) => {
      heard.push(merchant)
      ring()
    })
    const first = next()
    await one.events.storeMany([event(), event({ digest: 'e2', merchant: 'other' })])
    while (heard.length < 2) await Promise.race([first, next()])
    assert.deepEqual(heard.toSorted(), ['acme', 'other'])
    await one.events.storeMany([event()])
    const lineEnds = next()
    await asOwner((client) =>
      client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen "mhloop ${place.schema}"'`,
      ),
    )
    await lineEnds
    assert.deepEqual(heard.slice(2), [null], 'the repeated event was no news')
    await Promise.all([one.close(), other.close()])
  })

  it('keeps no process alive, and leaves no session behind', async () => {
    const journal = await openJournal(place.location, { dataDir: '' })
    await journal.events.listen(() => undefined)
    await journal.effects.plan(effect(), at)
    await journal.close()
    const client = new pg.Client({ connectionString: place.location })
    await client.connect()
    const ours = `select count(*)::int as count from pg_stat_activity where query like '%${place.schema}%' and pid <> pg_backend_pid()`
    assert.deepEqual((await client.query(ours)).rows, [{ count: 0 }])
    await client.end()
  })
})
