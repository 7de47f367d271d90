/**
 * G5 and G6: merchants are added, removed and changed under a running `serve`; a broken one does not affect the others.
 */
import assert from 'node:assert/strict'
import { Fault } from '../../../src/core/errors/fault.ts'
import type { PlainCode } from '../../../src/core/errors/fault-codes.ts'
import type { Endpoint, ReceiverOptions } from '../../../src/receiver/receiver.ts'
import { type Candidate, createRoster, type Roster } from '../../../src/usecases/serve/roster.ts'
import type { WorkerState } from '../../../src/usecases/serve/worker-options.ts'
import { until } from '../../until.ts'

type Log = Parameters<ReceiverOptions['log']>[0]

const endpointOf = (merchant: string, changes: Partial<Endpoint> = {}): Endpoint => ({
  merchant,
  key: merchant.padEnd(43, 'k'),
  loopSecrets: ['s'],
  callbackTokens: ['t'],
  ...changes,
})
const unreadable = (merchant: string, code: PlainCode = 'CREDENTIALS_UNREADABLE') =>
  new Fault('The keychain is locked.', {
    code,
    merchant,
    hint: 'unlock it',
  })

/** Workers that only record that they run, until their signal aborts. */
function aRoster() {
  const logged: Log[] = []
  const running: string[] = []
  const signals = new Map<string, AbortSignal>()
  let stored: Candidate[] | Fault = []
  let endpoints: readonly Endpoint[] = []
  const stopping = new AbortController()
  const roster: Roster = createRoster({
    readCandidates: async () => {
      if (stored instanceof Fault) throw stored
      return stored
    },
    startWorker(context, state: WorkerState) {
      const { signal } = context
      return {
        state,
        wake: () => void logged.push({ level: 'info', event: 'woken', merchant: state.merchant }),
        run: async () => {
          running.push(state.merchant)
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
          running.splice(running.indexOf(state.merchant), 1)
        },
      }
    },
    setEndpoints: (latest) => {
      endpoints = latest
    },
    log: (entry) => void logged.push(entry),
    signal: stopping.signal,
  })
  const candidate = (name: string, changes: Partial<Candidate> = {}): Candidate => ({
    name,
    version: '1',
    endpoint: endpointOf(name),
    fault: null,
    open: async (signal) => {
      signals.set(name, signal)
      return { context: { signal, merchant: { name } } as never, writing: () => [], close: () => undefined }
    },
    ...changes,
  })
  return {
    roster,
    running,
    logged,
    signals,
    stopping,
    candidate,
    endpoints: () => endpoints.map(({ merchant }) => merchant),
    wholeEndpoints: () => endpoints,
    stopped: () => Object.fromEntries(roster.states().map(({ merchant, stopped }) => [merchant, stopped])),
    async store(...candidates: (Candidate | Fault)[]) {
      const [first] = candidates
      stored = first instanceof Fault ? first : (candidates as Candidate[])
      await roster.round()
    },
  }
}

describe('the merchants of a running serve (G5)', () => {
  it('G5 none yet: it waits; one that is added is served, and so is its endpoint', async () => {
    const { roster, running, endpoints, store, candidate } = aRoster()
    await store()
    assert.deepEqual([running, roster.states()], [[], []])
    await store(candidate('acme'))
    assert.deepEqual([running, endpoints()], [['acme'], ['acme']])
    await store(candidate('acme'), candidate('other', { endpoint: null }))
    assert.deepEqual([running, endpoints()], [['acme', 'other'], ['acme']])
    roster.wake('other')
    roster.wake('nobody')
  })

  it('G5 one that is removed is served no longer, and its endpoint is gone', async () => {
    const { running, endpoints, store, candidate, logged, roster } = aRoster()
    await store(candidate('acme'), candidate('other'))
    await store(candidate('other'))
    await until(() => running.length === 1)
    assert.deepEqual([running, endpoints()], [['other'], ['other']])
    await until(() => logged.some(({ event, merchant }) => /no longer served/.test(event) && merchant === 'acme'))
    assert.equal(roster.states().length, 1)
    await store(candidate('acme'), candidate('other'))
    assert.deepEqual([...running].sort(), ['acme', 'other'], 'added again')
  })

  it('G5 one that is broken is reported once, with its code, and the others work; corrected, it works too', async () => {
    const { running, stopped, store, candidate, logged } = aRoster()
    const broken = () => candidate('acme', { version: 'none', endpoint: null, fault: unreadable('acme') })
    await store(broken(), candidate('other'))
    await store(broken(), candidate('other'))
    assert.deepEqual(running, ['other'])
    assert.deepEqual(stopped(), { acme: 'CREDENTIALS_UNREADABLE', other: null })
    const warnings = logged.filter(({ event }) => event === 'merchant cannot be served')
    assert.deepEqual(
      warnings.map(({ level, merchant }) => [level, merchant]),
      [['error', 'acme']],
    )
    assert.match(warnings[0]?.detail ?? '', /CREDENTIALS_UNREADABLE.*unlock it/)
    await store(candidate('acme'), candidate('other'))
    assert.deepEqual([[...running].sort(), stopped()], [['acme', 'other'], { acme: null, other: null }])
  })

  it('G5 one whose vendors can not even be connected to is reported, and tried again', async () => {
    const { running, stopped, store, candidate } = aRoster()
    const open = async () => {
      throw unreadable('acme', 'BASE_URL_REFUSED')
    }
    await store(candidate('acme', { open }))
    assert.deepEqual([running, stopped()], [[], { acme: 'BASE_URL_REFUSED' }])
    await store(candidate('acme'))
    assert.deepEqual(running, ['acme'])
  })

  it('G4 G5 one that runs and breaks stops; its messages still come in, because they are only reasons to read', async () => {
    const { running, endpoints, stopped, store, candidate } = aRoster()
    await store(candidate('acme'))
    await store(candidate('acme', { version: 'none', endpoint: null, fault: unreadable('acme') }))
    await until(() => running.length === 0)
    assert.deepEqual([endpoints(), stopped()], [['acme'], { acme: 'CREDENTIALS_UNREADABLE' }])
  })

  it('G7 another version starts again with other connections, once the old work has ended', async () => {
    const { running, signals, store, candidate } = aRoster()
    await store(candidate('acme'))
    const old = signals.get('acme')
    await store(candidate('acme', { version: '2' }))
    await until(() => signals.get('acme') !== old && running.length === 1)
    assert.deepEqual([old?.aborted, signals.get('acme')?.aborted], [true, false])
    await store(candidate('acme', { version: '2' }))
    assert.equal(signals.get('acme')?.aborted, false, 'the same goes on')
  })

  it('G6 other secrets of an endpoint are taken at once, without touching the work', async () => {
    const { signals, wholeEndpoints, store, candidate } = aRoster()
    await store(candidate('acme'))
    await store(candidate('acme', { endpoint: endpointOf('acme', { callbackTokens: ['new'], key: 'n'.repeat(43) }) }))
    const [endpoint] = wholeEndpoints()
    assert.deepEqual(
      [endpoint?.callbackTokens, endpoint?.key, signals.get('acme')?.aborted],
      [['new'], 'n'.repeat(43), false],
    )
    await store(candidate('acme', { endpoint: null }))
    assert.deepEqual(wholeEndpoints(), [], 'disconnected')
  })

  it('F22 two merchants with one key: the later one gets no messages, is reported, and works by polling', async () => {
    const { running, endpoints, stopped, store, candidate, logged } = aRoster()
    const twin = candidate('other', { endpoint: endpointOf('other', { key: endpointOf('acme').key }) })
    await store(candidate('acme'), twin)
    await store(candidate('acme'), twin)
    assert.deepEqual([[...running].sort(), endpoints()], [['acme', 'other'], ['acme']])
    assert.deepEqual(stopped(), { acme: null, other: 'RECEIVER_KEY' })
    assert.equal(logged.filter(({ event }) => /not accepted/.test(event)).length, 1)
    await store(candidate('acme'), candidate('other'))
    assert.deepEqual([endpoints(), stopped()], [['acme', 'other'], { acme: null, other: null }])
  })

  it('G4 profiles that cannot be read are reported once; running workers find out by themselves', async () => {
    const { roster, running, store, candidate, logged } = aRoster()
    await store(candidate('acme'))
    await store(unreadable('acme', 'CONFIG_UNSAFE'))
    await store(unreadable('acme', 'CONFIG_UNSAFE'))
    assert.deepEqual([roster.settings(), running], ['CONFIG_UNSAFE', ['acme']])
    assert.equal(logged.filter(({ event }) => event === 'the stored merchants cannot be read').length, 1)
    await store(candidate('acme'))
    assert.equal(roster.settings(), null)
  })

  it('ends when all work has ended', async () => {
    const { roster, running, store, candidate, stopping } = aRoster()
    await store(candidate('acme'), candidate('other'))
    const ended = roster.follow()
    // The first round reads what is stored; `holding` names it as long as it does (H30).
    await until(() => roster.holding().length === 2)
    assert.deepEqual(roster.holding(), ['acme waits for the journal', 'other waits for the journal'])
    stopping.abort()
    await ended
    assert.deepEqual([running, roster.holding()], [[], []])
  })
})
