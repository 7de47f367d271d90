/** No command, in any mode, prints hostile text of vendors or shoppers raw (F55, F56, F57). */
import assert from 'node:assert/strict'
import { runMhloop } from '../run.ts'
import { hostile, onWatch } from './canaries.ts'

describe('hostile text', () => {
  const watch = onWatch()

  it('hostile text from both vendors reaches no terminal, pipe or file raw (F55, F56, F57)', async () => {
    const { sandbox, env, inEveryMode, file } = watch()
    const id = file({
      orderName: `#1${hostile}`,
      outcome: hostile as never,
      units: [
        { sku: 'TEE-BLK-M', title: hostile, reason: hostile, parentReason: hostile, comment: hostile },
        { sku: `EVIL${hostile}`, title: '=1+1', reason: '=1+1', parentReason: '@SUM(A1)' },
      ],
      label: {
        after: 0,
        status: 'in_transit',
        walks: false,
        parcels: [{ trackingNumber: `94001${hostile}` }],
      } as never,
      customer: { email: hostile, firstName: hostile, lastName: hostile },
    })
    const received = file({ returnId: 99904598, units: [{ sku: 'TEE-BLK-M', title: hostile, reason: hostile }] })
    for (const argv of [
      ['asn', 'list'],
      ['asn', 'list', '--format', 'csv'],
      ['asn', 'list', '--format', 'ndjson'],
      ['asn', 'sync', '--dry-run'],
      ['asn', 'sync'],
      ['rma', 'show', id],
    ]) {
      await inEveryMode(argv)
    }
    sandbox.masonhub.warehouse.receive(received, {
      lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: `damaged${hostile}`, quantity: 1, notes: hostile }] }],
      unexpected: [{ sku: `X${hostile}`, disposition: 'available', quantityReceived: 1 }],
      notes: hostile,
    })
    sandbox.masonhub.warehouse.createAtDock({
      packageId: hostile,
      customerIdentifier: hostile,
      lines: [{ sku: hostile, received: [{ disposition: 'available', quantity: 1, notes: hostile }] }],
    })
    for (const argv of [
      ['rma', 'list'],
      ['rma', 'list', '--format', 'csv'],
      ['rma', 'show', received],
      ['rma', 'resolve', received, '--dry-run'],
      ['rma', 'resolve', received, '--yes', '--note', hostile],
      ['rma', 'show', received],
      ['rma', 'history', received],
      ['rma', 'show', `#1${hostile}`],
      ['mapping', 'audit'],
      ['mapping', 'audit', '--format', 'csv'],
      ['mapping', 'audit', '--fix', '--dry-run'],
      ['refunds', 'pause', '--reason', hostile],
      ['refunds', 'status'],
      ['journal', 'status'],
      ['sandbox', 'status'],
    ]) {
      await inEveryMode(argv)
    }
    const csv = await runMhloop('mapping audit --format csv', { env, dataDir: `${watch().folder}/data` })
    for (const field of csv.stdout.match(/"(?:[^"]|"")*"/g) ?? []) assert.doesNotMatch(field, /^"\s*[=+\-@]/)
  })

  it('a vendor that refuses in hostile words is quoted safely (F55)', async () => {
    const { inEveryMode } = watch()
    const { createServer } = await import('node:http')
    const server = createServer((_request, response) => {
      response.writeHead(422, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ message: hostile, errors: { message: hostile } }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
    try {
      for (const run of await inEveryMode(['asn', 'list'], { env: { MHLOOP_LOOP_BASE_URL: `${url}/api/2026-10` } })) {
        assert.equal(run.exit, 6)
      }
      for (const run of await inEveryMode(['rma', 'list'], {
        env: { MHLOOP_MASONHUB_BASE_URL: `${url}/demo/api/v1` },
      })) {
        assert.equal(run.exit, 6)
      }
    } finally {
      server.close()
    }
  })
})
