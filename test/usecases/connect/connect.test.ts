import assert from 'node:assert/strict'
import type { Webhook } from '../../../src/loop/client.ts'
import type { Callback } from '../../../src/masonhub/client.ts'
import { endpointUrls, isOurEndpoint, maskedUrl, publicUrl } from '../../../src/usecases/connect/endpoint-urls.ts'
import {
  type Change,
  desiredWebhooks,
  endangered,
  planConnect,
  planDisconnect,
  type Registered,
} from '../../../src/usecases/connect/plan.ts'

const key = 'k'.repeat(43)
const urls = endpointUrls('https://returns.example.com', key)
const request = { key, urls, tokenRegistered: true }

function webhooks(url = urls.loop): Webhook[] {
  return desiredWebhooks.map((desired, index) => ({ ...desired, webhookId: String(index + 1), url, status: 'active' }))
}
function callback(changes: Partial<Callback> = {}): Callback {
  return { callbackId: 'c1', url: urls.masonhub, messageType: 'rmaEvent', apiVersion: '2.0', ...changes }
}
const all: Registered = { webhooks: webhooks(), callbacks: [callback()] }

/** `loop update 1 (inactive)`, one text per change. */
function summaryOf(changes: readonly Change[]): string[] {
  return changes.map((change) => {
    const { vendor, action, why } = change
    if (change.vendor === 'masonhub') {
      const ids = change.action === 'remove' ? [change.callback.callbackId] : change.instead
      return `${vendor} ${action} ${ids.join('+')} (${why})`
    }
    if (change.action === 'create') return `${vendor} ${action} ${change.webhook.trigger} (${why})`
    return `${vendor} ${action} ${change.action === 'update' ? change.webhookId : change.webhook.webhookId} (${why})`
  })
}

describe('planConnect', () => {
  it('wants every topic with a trigger that gives it a body, and one callback, where nothing is registered (loop.md §7.2)', () => {
    assert.deepEqual(summaryOf(planConnect({ webhooks: [], callbacks: [] }, request)), [
      'loop create return.created (missing)',
      'loop create return.updated (missing)',
      'loop create return.closed (missing)',
      'loop create label.created (missing)',
      'loop create label.updated (missing)',
      'loop create return.processing.failed (missing)',
      'masonhub create  (missing)',
    ])
  })

  it('wants nothing where everything is right', () => {
    assert.deepEqual(planConnect(all, request), [])
  })

  for (const status of ['inactive', 'unknown'] as const) {
    it(`switches on what is ${status} (loop.md §7.3, F25)`, () => {
      const [first, ...others] = webhooks()
      const registered = { ...all, webhooks: [{ ...(first as Webhook), status }, ...others] }
      const [change] = planConnect(registered, request)
      assert.deepEqual(summaryOf(planConnect(registered, request)), ['loop update 1 (inactive)'])
      assert.deepEqual(change, {
        vendor: 'loop',
        action: 'update',
        webhookId: '1',
        webhook: { topic: 'return', trigger: 'return.created', url: urls.loop },
        why: 'inactive',
      })
    })
  }

  it('H6: without the signing secret webhooks are created inactive, and what is there keeps its status', () => {
    const without = { ...request, secretKnown: false }
    const created = planConnect({ webhooks: [], callbacks: [] }, without)
    assert.deepEqual(
      created.flatMap((change) => ('webhook' in change ? [change.webhook] : [])),
      desiredWebhooks.map((desired) => ({ ...desired, url: urls.loop, inactive: true })),
    )
    const [first, second, ...others] = webhooks(`https://old.example.com/in/${key}/loop`)
    const moved = {
      ...all,
      webhooks: [{ ...(first as Webhook), status: 'inactive' as const }, second as Webhook, ...others],
    }
    const [inactive, active] = planConnect(moved, without)
    assert.ok(inactive && 'webhook' in inactive && active && 'webhook' in active)
    assert.deepEqual(
      [inactive.webhook, active.webhook],
      desiredWebhooks
        .slice(0, 2)
        .map((desired, index) => ({ ...desired, url: urls.loop, ...(index === 0 ? { inactive: true } : {}) })),
    )
  })

  it('H6: inactive webhooks are left alone as long as the signing secret is missing', () => {
    const inactive = { ...all, webhooks: webhooks().map((one) => ({ ...one, status: 'inactive' as const })) }
    assert.deepEqual(planConnect(inactive, { ...request, secretKnown: false }), [])
    assert.deepEqual(
      summaryOf(planConnect(inactive, request)),
      [1, 2, 3, 4, 5, 6].map((id) => `loop update ${id} (inactive)`),
    )
  })

  it('moves what leads to the same endpoint on another host, and registers nothing beside it', () => {
    const old = endpointUrls('https://old.example.com/hooks', key)
    const registered = { webhooks: webhooks(old.loop), callbacks: [callback({ url: old.masonhub })] }
    assert.deepEqual(summaryOf(planConnect(registered, request)), [
      ...[1, 2, 3, 4, 5, 6].map((id) => `loop update ${id} (moved)`),
      'masonhub update c1 (moved)',
    ])
  })

  it('keeps the right one of two, and removes the other: it would deliver everything twice', () => {
    const twin: Webhook = { ...(webhooks()[0] as Webhook), webhookId: '9', status: 'inactive' }
    const registered = { webhooks: [twin, ...webhooks()], callbacks: [callback(), callback({ callbackId: 'c2' })] }
    assert.deepEqual(summaryOf(planConnect(registered, request)), [
      'loop remove 9 (duplicate)',
      'masonhub update c1+c2 (duplicate)',
    ])
  })

  it('replaces a callback of another version, or with an unknown token (F51)', () => {
    const version = { ...all, callbacks: [callback({ apiVersion: '1.0' })] }
    assert.deepEqual(summaryOf(planConnect(version, request)), ['masonhub update c1 (version)'])
    assert.deepEqual(summaryOf(planConnect(all, { ...request, tokenRegistered: false })), [
      'masonhub update c1 (token)',
    ])
    assert.deepEqual(planConnect({ ...all, callbacks: [callback({ apiVersion: null })] }, request), [])
  })

  it('removes what leads to our endpoint and is not read', () => {
    const registered: Registered = {
      webhooks: [
        ...webhooks(),
        { webhookId: '9', topic: 'label', trigger: 'return.created', url: urls.loop, status: 'active' },
      ],
      callbacks: [callback(), callback({ callbackId: 'c2', messageType: 'orderEvent' })],
    }
    assert.deepEqual(summaryOf(planConnect(registered, request)), [
      'loop remove 9 (unwanted)',
      'masonhub remove c2 (unwanted)',
    ])
  })

  const others: Registered = {
    webhooks: webhooks(endpointUrls('https://returns.example.com', 'x'.repeat(43)).loop),
    callbacks: [
      callback({ callbackId: 'o1', url: 'https://oms.example.com/hook' }),
      callback({ callbackId: 'o2', messageType: 'orderEvent', url: 'https://oms.example.com/hook' }),
    ],
  }

  it("leaves others' registrations alone, also another endpoint on the same host", () => {
    assert.ok(planConnect(others, request).every(({ action }) => action === 'create'))
    assert.deepEqual(planDisconnect(others, key), [])
  })

  it('names the rmaEvent callbacks that MasonHub might replace, only when it is written to (masonhub.md §5.1)', () => {
    assert.deepEqual(
      endangered(others, planConnect(others, request), key).map(({ callbackId }) => callbackId),
      ['o1'],
    )
    const both = { webhooks: webhooks(), callbacks: [callback(), ...others.callbacks] }
    assert.deepEqual(endangered(both, planConnect(both, request), key), [])
  })

  it('a disconnect takes out all of ours, on whatever host, and nothing else', () => {
    const old = endpointUrls('http://127.0.0.1:8080', key)
    const registered = {
      webhooks: [...webhooks(), ...others.webhooks, { ...(webhooks(old.loop)[0] as Webhook), webhookId: '9' }],
      callbacks: [callback(), ...others.callbacks],
    }
    assert.deepEqual(summaryOf(planDisconnect(registered, key)), [
      ...[1, 2, 3, 4, 5, 6, 9].map((id) => `loop remove ${id} (disconnect)`),
      'masonhub remove c1 (disconnect)',
    ])
  })
})

describe('the public address', () => {
  for (const [typed, read] of [
    ['https://returns.example.com', 'https://returns.example.com'],
    [' https://returns.example.com/mhloop/ ', 'https://returns.example.com/mhloop'],
    ['http://127.0.0.1:4020', 'http://127.0.0.1:4020'],
    ['http://localhost:4020/', 'http://localhost:4020'],
  ] as const) {
    it(`takes ${typed.trim()}`, () => assert.equal(publicUrl(typed), read))
  }
  for (const typed of [
    'returns.example.com',
    'http://returns.example.com',
    'ftp://returns.example.com',
    'https://user:canary@returns.example.com',
    'https://returns.example.com/?a=b',
    'https://returns.example.com/#top',
    'https://10.0.0.1',
    `https://returns.example.com/in/${key}/loop`,
    '',
  ]) {
    it(`refuses ${typed.slice(0, 40) || 'nothing'}, and does not repeat it`, () => {
      assert.throws(
        () => publicUrl(typed),
        (error: Error & { exit?: number }) => error.exit === 2 && !/canary|kkkk/.test(error.message),
      )
    })
  }
  it('refuses one that is too long for MasonHub with the key in it', () => {
    assert.throws(() => endpointUrls(`https://returns.example.com/${'p'.repeat(190)}`, key), /MasonHub allows 250/)
  })
  it('is printed without the key, and of others only the host (F58)', () => {
    assert.equal(maskedUrl(urls.loop, key), 'https://returns.example.com/in/…/loop')
    assert.equal(maskedUrl('https://oms.example.com/secret?token=canary', key), 'https://oms.example.com/…')
    assert.equal(maskedUrl('no address', key), '…')
    assert.equal(isOurEndpoint(urls.loop, null), false)
    assert.equal(isOurEndpoint(`https://oms.example.com/?next=${endpointUrls('', key).loop}`, key), false)
  })
})
