import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { hasPassword, isPostgres } from '../../src/journal/postgres/location.ts'

const read = (name: string) => readFileSync(fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url)), 'utf8')

describe('deploy/compose.yaml', () => {
  const { services, networks, volumes } = parse(read('compose.yaml'), { merge: true })
  const workers = Object.keys(services).filter((name) => name.startsWith('worker-'))

  it('has PostgreSQL, two workers that share its journal, and a proxy that knows both', () => {
    assert.deepEqual(Object.keys(services), ['postgres', 'worker-1', 'worker-2', 'proxy'])
    for (const name of workers) {
      const { MHLOOP_JOURNAL: journal } = services[name].environment
      assert.ok(isPostgres(journal) && !hasPassword(journal))
      assert.equal(new URL(journal).hostname, 'postgres')
      assert.match(read('Caddyfile'), new RegExp(`\\b${name}:4020\\b`))
    }
    assert.match(read('Caddyfile'), /handle \/in\/\*/)
  })

  it('holds no secret, and names in environment.example all that it wants', () => {
    const wanted = [...read('compose.yaml').matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => name)
    const offered = [...read('environment.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name)
    assert.deepEqual([...new Set(wanted)].toSorted(), offered.toSorted())
  })

  it('lets nobody reach PostgreSQL from outside, and gives each volume a name', () => {
    assert.equal(services.postgres.ports, undefined)
    assert.deepEqual([services.postgres.networks, networks.inside], [['inside'], { internal: true }])
    const used = Object.values(services as Record<string, { volumes?: string[] }>)
      .flatMap((service) => service.volumes ?? [])
      .flatMap((volume) => volume.split(':')[0] ?? [])
      .filter((name) => !name.startsWith('.'))
    assert.deepEqual([...new Set(used)].toSorted(), Object.keys(volumes).toSorted())
  })
})
