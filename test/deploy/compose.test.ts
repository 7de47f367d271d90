import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { openJournal } from '../../src/journal/open-journal.ts'
import { connectionOf, hasPassword, isPostgres } from '../../src/journal/postgres/location.ts'
import { skipWithoutPostgres } from '../postgres/needs-postgres.ts'
import { asOwner } from '../postgres/server.ts'

const path = (name: string) => fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url))
const read = (name: string) => readFileSync(path(name), 'utf8')

describe('deploy/compose.yaml', () => {
  const { services, networks, volumes } = parse(read('compose.yaml'), { merge: true })
  const workers = Object.keys(services).filter((name) => name.startsWith('worker-'))

  it('has PostgreSQL, two workers that share its journal, and a proxy that knows both', () => {
    assert.deepEqual(Object.keys(services), ['postgres', 'worker-1', 'worker-2', 'proxy'])
    for (const name of workers) {
      const { MHLOOP_JOURNAL: journal } = services[name].environment
      assert.ok(isPostgres(journal) && !hasPassword(journal))
      assert.deepEqual(connectionOf(journal, {}), {
        host: '/var/run/postgresql',
        user: 'mhloop',
        database: 'mhloop',
        ssl: false,
      })
      assert.ok(services[name].volumes.includes('socket:/var/run/postgresql'))
      assert.match(read('Caddyfile'), new RegExp(`\\b${name}:4020\\b`))
    }
    assert.match(read('Caddyfile'), /handle \/in\/\*/)
  })

  it('holds no secret, and names in environment.example all that it wants', () => {
    const expected = [...read('compose.yaml').matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => name)
    const offered = [
      ...[...read('environment.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name),
      ...Object.keys(pinned()),
    ]
    assert.deepEqual([...new Set(expected)].toSorted(), offered.toSorted())
  })

  it('H10: PostgreSQL can be reached only by its socket, with a password; each volume has a name', () => {
    const { postgres } = services
    assert.deepEqual([postgres.ports, postgres.networks, postgres.network_mode], [undefined, undefined, 'none'])
    assert.deepEqual(postgres.command, ['postgres', '-c', 'listen_addresses='])
    assert.match(postgres.environment.POSTGRES_INITDB_ARGS, /--auth-local=scram-sha-256/)
    assert.deepEqual(Object.keys(networks), ['outside'])
    const used = Object.values(services as Record<string, { volumes?: string[] }>)
      .flatMap((service) => service.volumes ?? [])
      .flatMap((volume) => volume.split(':')[0] ?? [])
      .filter((name) => !name.startsWith('.'))
    assert.deepEqual([...new Set(used)].toSorted(), Object.keys(volumes).toSorted())
  })

  it('H15: gives the workers a role without rights over others, and never the superuser’s password', async function () {
    await skipWithoutPostgres(this)
    for (const name of workers) assert.doesNotMatch(JSON.stringify(services[name]), /MHLOOP_POSTGRES_PASSWORD/)
    const name = `mhloop_${randomBytes(6).toString('hex')}`
    const [first, ...statements] = read('create-database.sql')
      .replaceAll(/^--.*\n/gm, '')
      .split(/(?<=;)\n|(?<=^\\getenv .*)\n/m)
      .filter((statement) => statement.trim() !== '')
    assert.equal(first, '\\getenv password MHLOOP_DATABASE_PASSWORD')
    await asOwner(async (owner) => {
      const [{ user }] = (await owner.query('select current_user as user')).rows
      try {
        for (const statement of statements) {
          // Other tests use this server's own databases.
          if (/on database postgres/.test(statement)) continue
          await owner.query(statement.replaceAll(/\bmhloop\b/g, name).replace(":'password'", "'of-the-test'"))
        }
        const { rows } = await owner.query(
          'select rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls from pg_roles where rolname = $1',
          [name],
        )
        assert.deepEqual([...new Set(Object.values(rows[0]))], [false])
        const { host, port } = owner
        const location = new URL(`postgres://${name}:of-the-test@${host}:${port}/${name}`).href
        const journal = await openJournal(location, { dataDir: '' })
        assert.deepEqual((await journal.health({ deep: true })).problems, [])
        await journal.close()
      } finally {
        await owner.query(`drop database if exists ${name}`)
        await owner.query(`reassign owned by ${name} to ${user}`).catch(() => undefined)
        await owner.query(`drop role if exists ${name}`)
      }
    })
  })

  it('H15: takes every image by its digest', () => {
    assert.deepEqual(Object.keys(pinned()), ['NODE_IMAGE', 'POSTGRES_IMAGE', 'CADDY_IMAGE'])
    for (const { image, build } of Object.values(services as Record<string, { image: string; build?: unknown }>)) {
      if (build === undefined) assert.match(image, /^\$\{(POSTGRES|CADDY)_IMAGE:\?/)
    }
    assert.match(read('compose.yaml'), /NODE_IMAGE: \$\{NODE_IMAGE:\?/)
    const dockerfile = read('Dockerfile')
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base = '']) => base.replace(/^\$\{(\w+)\}$/, '$1'))
    assert.deepEqual(bases, ['NODE_IMAGE', 'NODE_IMAGE'])
    assert.match(dockerfile, /^ARG NODE_IMAGE\n\nFROM/m, 'no default: a bare tag would be one')
    const [, check = ''] = /^RUN (case "\$NODE_IMAGE".*)$/m.exec(dockerfile) ?? []
    const passes = (image: string) => spawnSync('sh', ['-c', check], { env: { NODE_IMAGE: image } }).status === 0
    assert.deepEqual(
      ['', 'node:24-slim', 'node:24-slim@sha256:12ab', 'node@sha256:12ab', 'evil/node:24@sha256:12ab'].map(passes),
      [false, false, true, false, false],
    )
  })
})

/** The output of deploy/pin-images.sh, with a stand-in for the registry. */
function pinned(): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'mhloop-docker-'))
  try {
    writeFileSync(join(folder, 'docker'), '#!/bin/sh\necho sha256:12ab\n', { mode: 0o755 })
    const env = { PATH: `${folder}${delimiter}${process.env.PATH}` }
    const printed = spawnSync('sh', [path('pin-images.sh')], { env, encoding: 'utf8' }).stdout
    return Object.fromEntries(
      [...printed.matchAll(/^([A-Z_]+)=(\w+:[\w-]+@sha256:12ab)$/gm)].map(([, ...pair]) => pair),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}
