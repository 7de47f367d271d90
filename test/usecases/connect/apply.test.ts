import assert from 'node:assert/strict'
import { exitCodes, Fault } from '../../../src/core/errors/fault.ts'
import type { Webhook } from '../../../src/loop/client.ts'
import type { Callback } from '../../../src/masonhub/client.ts'
import { secret } from '../../../src/merchants/secrets/secret.ts'
import { applyChanges, isTokenRegistered, observeRegistrations } from '../../../src/usecases/connect/apply.ts'
import { endpointUrls } from '../../../src/usecases/connect/endpoint-urls.ts'
import { planConnect } from '../../../src/usecases/connect/plan.ts'
import type { MerchantContext } from '../../../src/usecases/merchant-context.ts'
import { at, clock, freshJournal, minutes } from '../../journal/fresh.ts'

const key = 'k'.repeat(43)
const urls = endpointUrls('https://returns.example.com', key)
const endpoint = { urls, token: secret('token-canary-0123456789') }

/** What happens to a write: it is done and answered, done without an answer, lost before it is done, or refused. */
type WriteOutcome = 'answered' | 'answer lost' | 'request lost' | 'refused'

function fault(exit: 7 | 8 | 6): Fault {
  const code = ({ 7: 'LOOP_SERVER_ERROR', 8: 'LOOP_IN_DOUBT', 6: 'LOOP_REJECTED' } as const)[exit]
  return new Fault('Loop POST /webhooks failed.', { code })
}

/** Both registries in memory; `outcomes` are those of the creates, in order. */
async function accounts(outcomes: WriteOutcome[]) {
  const webhooks: Webhook[] = []
  const callbacks: Callback[] = []
  const created: string[] = []
  const make = (what: string, work: () => void) => {
    const outcome = outcomes.shift() ?? 'answered'
    if (outcome === 'refused') throw fault(exitCodes.refused)
    if (outcome !== 'request lost') work()
    created.push(what)
    if (outcome !== 'answered') throw fault(exitCodes.inDoubt)
  }
  const { journal, dispose } = await freshJournal()
  const interrupt = new AbortController()
  const context = {
    merchant: { name: 'acme' },
    journal,
    clock,
    actor: 'someone@somewhere',
    signal: interrupt.signal,
    loop: {
      webhooks: {
        list: async () => [...webhooks],
        create: async (webhook: Omit<Webhook, 'webhookId' | 'status'>) => {
          const made: Webhook = { ...webhook, webhookId: String(created.length), status: 'active' }
          make(webhook.trigger, () => webhooks.push(made))
          return made
        },
      },
    },
    masonhub: {
      callbacks: {
        list: async () => [...callbacks],
        create: async ([callback]: Callback[]) =>
          make('rmaEvent', () => callback && callbacks.push({ ...callback, callbackId: `c${created.length}` })),
        remove: async (ids: string[]) => {
          for (const id of ids)
            callbacks.splice(
              callbacks.findIndex(({ callbackId }) => callbackId === id),
              1,
            )
        },
      },
    },
  } as unknown as MerchantContext
  /** Runs connect once, as the command does. */
  const connect = async () => {
    const tokenRegistered = await isTokenRegistered(context, at)
    const changes = planConnect(await observeRegistrations(context), { key, urls, tokenRegistered })
    await applyChanges(context, changes, endpoint)
    return changes.length
  }
  return { context, webhooks, callbacks, created, connect, interrupt, dispose }
}

describe('applyChanges', () => {
  let open: Awaited<ReturnType<typeof accounts>>
  afterEach(() => open.dispose())

  it('a create whose answer was lost is settled by looking, and the rest goes on (F34)', async () => {
    open = await accounts(['answered', 'answer lost', 'answered', 'answered', 'answered', 'answered', 'answer lost'])
    assert.equal(await open.connect(), 7)
    assert.deepEqual([open.webhooks.length, open.callbacks.length], [6, 1])
    assert.equal(await open.connect(), 0)
  })

  it('a create whose request was lost ends with 8 and how far it came; the next run makes what is missing only', async () => {
    open = await accounts(['answered', 'answered', 'request lost'])
    await assert.rejects(open.connect(), (error: Fault) => {
      assert.deepEqual([error.exit, error.code], [8, 'LOOP_IN_DOUBT'])
      assert.match(error.message, /2 of 7 changes were made/)
      assert.match(error.hint ?? '', /same command again/)
      return true
    })
    assert.equal(await open.connect(), 5)
    assert.deepEqual([open.webhooks.length, open.callbacks.length, open.created.length], [6, 1, 8])
  })

  it('what is refused ends with 6 and is not tried twice', async () => {
    open = await accounts(['refused'])
    await assert.rejects(open.connect(), { exit: 6 })
    assert.deepEqual([open.webhooks, open.created], [[], []])
  })

  it('stops before the next write when it is interrupted', async () => {
    open = await accounts([])
    const { create } = open.context.loop.webhooks
    open.context.loop.webhooks.create = async (webhook) => {
      const made = await create(webhook)
      open.interrupt.abort()
      return made
    }
    await assert.rejects(open.connect(), { name: 'AbortError' })
    assert.equal(open.webhooks.length, 1)
  })

  it('a crash between the new callback and its note in the journal replaces it once more, and leaves one', async () => {
    open = await accounts([])
    const { journal } = open.context
    const { advance } = journal.cursors
    journal.cursors.advance = async () => {
      throw new Error('crashed')
    }
    await assert.rejects(open.connect(), /crashed/)
    journal.cursors.advance = advance
    assert.equal(await open.connect(), 1)
    assert.equal(open.callbacks.length, 1)
    assert.equal(await open.connect(), 0)
  })

  it('writes each change into the history, by whom, and never the key or the token', async () => {
    open = await accounts([])
    await open.connect()
    const entries = await open.context.journal.history.of('acme', '')
    assert.equal(entries.length, 7)
    assert.deepEqual(
      [entries[0]?.what, entries[0]?.actor, entries[0]?.message],
      ['connected', 'someone@somewhere', 'Loop: create return/return.created (missing)'],
    )
    assert.doesNotMatch(JSON.stringify(entries), /canary|kkkk/)
  })

  it('a token is registered when it is older than its registration; of unknown age, when there is one', async () => {
    open = await accounts([])
    assert.equal(await isTokenRegistered(open.context, null), false)
    await open.connect()
    for (const [since, registered] of [
      [at, true],
      [minutes(-1), true],
      [minutes(1), false],
      [null, true],
    ] as const) {
      assert.equal(await isTokenRegistered(open.context, since), registered, String(since))
    }
  })
})
