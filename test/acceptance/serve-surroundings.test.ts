/**
 * What belongs to a running `serve`: its watch address (H3), its log (H27), its end (H30), the hosts of its credentials
 * (G7).
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import type { Journal } from '../../src/journal/journal.ts'
import { updateProfiles } from '../../src/merchants/profiles/profiles.ts'
import { findMerchant, readCredentials } from '../../src/merchants/profiles/resolve-merchant.ts'
import { secret } from '../../src/merchants/secrets/secret.ts'
import { fileCredentialStore } from '../../src/merchants/stores/file-store.ts'
import { changeMerchant } from '../../src/usecases/merchants/add-merchant.ts'
import { createReadiness } from '../../src/usecases/serve/readiness.ts'
import type { Candidate } from '../../src/usecases/serve/roster.ts'
import { type ServeOptions, type Serving, serve } from '../../src/usecases/serve/serve.ts'
import { createVendorClients } from '../../src/usecases/vendors/vendor-clients.ts'
import { onBench } from '../commands/bench.ts'
import { isRequested } from '../postgres/server.ts'
import { runMhloop } from '../run.ts'
import { skipped } from '../skipped.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { until } from '../until.ts'
import { type ConnectedHarness, connectedHarnesses, endpoint, type LogEntry } from './connected-harness.ts'
import { acceptance, day, type Harness, hour, minute } from './harness.ts'

type Served = Serving & { log: LogEntry[]; stop(): Promise<void>; ready(): Promise<Response> }

/** `change`: other parts for the worker. The worker's own pauses are real. */
async function served(
  at: Harness,
  change: Parameters<Harness['worker']>[0] = {},
  { poll = true, expiryPause }: Pick<Partial<ServeOptions>, 'poll' | 'expiryPause'> = {},
): Promise<Served> {
  const log: LogEntry[] = []
  const stopping = new AbortController()
  const acme: Candidate = {
    name: 'acme',
    version: '1',
    endpoint,
    fault: null,
    open: async (signal) => ({
      context: at.worker({ sleep: () => pause(2), ...change, signal }).context,
      writing: () => [],
      close: () => undefined,
    }),
  }
  const serving = await serve({
    readCandidates: async () => [acme],
    renewEndpoint: undefined,
    journal: change.journal ?? at.journal,
    host: '127.0.0.1',
    port: 0,
    watch: { host: '127.0.0.1', port: 0 },
    tls: null,
    poll,
    ...(expiryPause === undefined ? {} : { expiryPause }),
    resolve: true,
    actor: 'worker',
    signal: stopping.signal,
    now: () => at.clock.now(),
    random: () => 0.5,
    log: (entry) => void log.push(entry),
  })
  return {
    ...serving,
    log,
    ready: () => fetch(`${serving.watchUrl}/readyz`),
    async stop() {
      stopping.abort()
      await serving.done
    },
  }
}

describe('serve --no-poll: bodies of messages end by themselves (H17)', () => {
  const open = connectedHarnesses()
  const credentialsFile = async (at: ConnectedHarness) =>
    (await at.events({ states: ['quarantined'] })).map(({ body }) => body).filter((body) => body !== '')

  it('H17: an unreadable message is emptied after a month while it runs, and a younger one is kept', async () => {
    const at = await open()
    const hours: (() => void)[] = []
    // The hour between two runs of the job is over when the test says so.
    const expiryPause = (_: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        hours.push(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    const running = await served(at, {}, { poll: false, expiryPause })
    const anHour = async () => {
      await until(() => hours.length > 0)
      hours.shift()?.()
      await until(() => hours.length > 0)
    }
    assert.equal(await at.post('loop', '{"topic":"return","customer":"wilma@shoppers.example" 1'), 200)
    at.pass(29 * day)
    assert.equal(await at.post('loop', '{"topic":"return","customer":"wilma@shoppers.example" 2'), 200)
    await anHour()
    assert.equal((await credentialsFile(at)).length, 2)
    at.pass(2 * day)
    await anHour()
    assert.match((await credentialsFile(at)).join(), /^[^,]*,[^,]* 2$/)
    assert.deepEqual(
      running.log.filter(({ event }) => event === 'message bodies expired').map(({ detail }) => detail),
      ['1'],
    )
    await running.stop()
  })
})

describe('serve: the watch address while the journal is locked (H3)', () => {
  const open = acceptance()

  it('H3 /readyz answers, with 503 and why, while another process holds the lock of the journal and does not move', async function () {
    if (isRequested) skipped(this, 'it is about the journal as a file, and PostgreSQL was asked for')
    const at = await open()
    const journal = await at.secondJournal()
    const running = await served(at, { journal })
    await until(async () => (await running.ready()).status === 200)
    const frozen = new DatabaseSync(join(at.folder, 'journal.db'))
    frozen.exec('begin immediate')
    try {
      // The test asks while the lock is held: only the answers that it waits for release the lock.
      await until(async () => {
        const answer = await running.ready()
        return answer.status === 503 && ((await answer.json()) as { journal: string }).journal === 'JOURNAL_BUSY'
      })
      assert.equal((await fetch(`${running.watchUrl}/metrics`)).status, 200)
      assert.equal((await fetch(`${running.url}/healthz`)).status, 200)
      assert.equal((await fetch(`${running.url}/readyz`)).status, 404, 'not on the public address')
    } finally {
      frozen.exec('rollback')
      frozen.close()
    }
    await until(async () => (await running.ready()).status === 200)
    await running.stop()
  })

  it('H3 a journal that does not answer at all is reported as busy, and asked once', async () => {
    let seenRequests = 0
    const never = {
      events: {
        oldestNew: () => {
          seenRequests += 1
          return new Promise<null>(() => undefined)
        },
      },
    } as unknown as Journal
    const roster = { states: () => [], settings: () => null }
    const readiness = createReadiness({ journal: never, roster, trouble: () => null, now: () => new Date() })
    const [one, two] = await Promise.all([readiness(), readiness()])
    assert.deepEqual([one.ready, one.journal, two.journal, seenRequests], [false, 'JOURNAL_BUSY', 'JOURNAL_BUSY', 1])
  })
})

describe('serve: a journal that is replaced while it runs (G3)', () => {
  const open = acceptance()

  it('G3 says once that it stays so until the restart, and what to type; putting it back changes nothing', async function () {
    if (isRequested) skipped(this, 'it is about the journal as a file, and PostgreSQL was asked for')
    const at = await open()
    const running = await served(at, { journal: await at.secondJournal() })
    await until(async () => (await running.ready()).status === 200)
    const path = join(at.folder, 'journal.db')
    renameSync(path, `${path}-away`)
    const inboxFailures = () => running.log.filter(({ event }) => event === 'inbox failed')
    await until(() => inboxFailures().length > 0)
    assert.match(
      inboxFailures()[0]?.detail ?? '',
      /^JOURNAL_REPLACED: .*It stays that way until mhloop serve is restarted\. Next: stop every mhloop that uses it, .*mhloop journal restore FILE/,
    )
    renameSync(`${path}-away`, path)
    assert.equal((await running.ready()).status, 503)
    assert.equal(inboxFailures().length, 1)
    await running.stop()
  })
})

describe('serve: its counters after a restart (H27)', () => {
  const open = acceptance()

  it('H27 a return that was resolved before the start is not counted and logged again; a later one is', async () => {
    const at = await open()
    const flagged = at.file()
    await at.sync()
    at.pass(hour)
    at.receive(flagged, { lines: [] })
    await at.resolve('ready')
    at.pass(minute)
    await at.resolve('ready')
    assert.equal(at.groundTruth('return_flagged', flagged).length, 1)
    at.pass(minute)
    const running = await served(at)
    const other = at.file()
    await until(() => {
      at.pass(500)
      return at.rma(other) !== undefined
    })
    at.receive(other, { lines: [] })
    await until(() => {
      at.pass(2_000)
      return running.log.some(({ event, detail }) => event === 'flag confirmed' && detail?.startsWith(other) === true)
    })
    const metrics = await (await fetch(`${running.watchUrl}/metrics`)).text()
    await running.stop()
    assert.doesNotMatch(running.log.map(({ detail }) => detail).join('\n'), new RegExp(`^${flagged}:`, 'm'))
    assert.match(metrics, /^mhloop_returns_resolved_total\{.*action="flag",outcome="confirmed"\} 1$/m)
  })
})

describe('serve: its log (H27)', () => {
  const folder = temporaryFolder()
  const bench = onBench()
  const lines = (stderr: string) => stderr.trim().split('\n')
  const assertJson = (stderr: string) => {
    for (const line of lines(stderr)) {
      const entry = JSON.parse(line)
      assert.ok(['info', 'warn', 'error'].includes(entry.level), line)
      assert.ok(typeof entry.time === 'string' && typeof entry.event === 'string', line)
    }
  }

  it('H27 is JSON lines and nothing else: warnings, the word at a signal, requests under --verbose', async () => {
    const run = await bench().run('serve --port 0 --verbose', { interruptAfter: pause(1_000) })
    assert.equal(run.exit, 0, run.stderr)
    assertJson(run.stderr)
    assert.match(run.stderr, /"level":"warn".*is not connected/)
    assert.match(run.stderr, /Finishing the request in flight/)
    assert.match(run.stdout, /^Monitoring: http:\/\/127\.0\.0\.1:\d+\/readyz/m)
  })

  it('H27 the fault that ends it is one line of the log, with its code and the next command', async () => {
    const run = await runMhloop('serve -m nobody --port 0', {
      configDir: `${folder()}/config`,
      dataDir: `${folder()}/data`,
    })
    assert.equal(run.exit, 5)
    assert.equal(lines(run.stderr).length, 1)
    assertJson(run.stderr)
    assert.match(run.stderr, /"level":"error".*no merchant \\"nobody\\".*Next: mhloop.*MERCHANT_UNKNOWN/)
  })

  it('G5 with no merchant it waits until it is stopped, and says so', async () => {
    const run = await runMhloop('serve --port 0 --json', {
      configDir: `${folder()}/config`,
      dataDir: `${folder()}/data`,
      interruptAfter: pause(500),
    })
    assert.equal(run.exit, 0, run.stderr)
    assert.deepEqual(run.json().data.merchants, [])
    assert.match(run.json().data.watchUrl, /^http:\/\/127\.0\.0\.1:\d+$/)
  })

  it('G5 --require-all ends the start when one cannot be served; without it the others are', async () => {
    const { sandbox } = bench()
    const run = (argv: string, more: { env?: Record<string, string>; interruptAfter?: Promise<unknown> } = {}) =>
      runMhloop(argv, { configDir: `${folder()}/config`, dataDir: `${folder()}/data`, ...more })
    const where = `--environment sandbox --slug demo --no-check --loop-base-url ${sandbox.loopBaseUrl} --masonhub-base-url ${sandbox.masonhubBaseUrl}`
    const { loopApiKey, masonhubToken } = sandbox.world.installed
    const env = { MHLOOP_LOOP_API_KEY: loopApiKey, MHLOOP_MASONHUB_TOKEN: masonhubToken }
    for (const name of ['good', 'broken']) assert.equal((await run(`merchant add ${name} ${where}`, { env })).exit, 0)
    assert.equal((await run('merchant set -m broken --no-check masonhub-token env:NOT_SET')).exit, 0)
    const all = await run('serve --port 0 --require-all --json')
    assert.deepEqual([all.exit, all.json().error.code], [4, 'CREDENTIALS_UNREADABLE'])
    const some = await run('serve --port 0 --json', { interruptAfter: pause(500) })
    const { merchants, stopped } = some.json().data
    assert.deepEqual([some.exit, merchants], [0, ['good']])
    assert.deepEqual(stopped, [{ merchant: 'broken', code: 'CREDENTIALS_UNREADABLE' }])
  })
})

describe('serve: its end (H30)', () => {
  const open = acceptance()

  it('H30 an end that takes long says what it waits for', async () => {
    const at = await open()
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
    let isRequested = false
    const { loop } = at.context
    const slow = {
      ...loop,
      async *list(...args: Parameters<typeof loop.list>) {
        isRequested = true
        await answered
        yield* loop.list(...args)
      },
    }
    const running = await served(at, { loop: slow })
    await until(() => isRequested)
    const stopped = running.stop()
    await until(() => running.log.some(({ event, detail }) => event === 'stopping' && /acme waits/.test(detail ?? '')))
    answer()
    await stopped
    assert.equal(running.log.at(-1)?.event, 'stopped')
  })

  it('H30 a signal that comes while it starts: it says what it waits for, and never starts', async () => {
    const at = await open()
    const log: LogEntry[] = []
    const stopping = new AbortController()
    const read = Promise.withResolvers<Candidate[]>()
    const starting = serve({
      readCandidates: () => {
        stopping.abort()
        return read.promise
      },
      renewEndpoint: undefined,
      journal: at.journal,
      host: '127.0.0.1',
      port: 0,
      watch: { host: '127.0.0.1', port: 0 },
      tls: null,
      poll: true,
      resolve: true,
      actor: 'worker',
      signal: stopping.signal,
      now: () => at.clock.now(),
      random: () => 0.5,
      log: (entry) => void log.push(entry),
    })
    const refused = assert.rejects(starting, { name: 'AbortError' })
    await until(() => log.some(({ event, detail }) => event === 'stopping' && /still being read/.test(detail ?? '')))
    let opened = 0
    const never = async () => {
      opened += 1
      throw new Error('opened after the signal')
    }
    read.resolve([{ name: 'acme', version: '1', endpoint, fault: null, open: never }])
    await refused
    assert.equal(opened, 0)
    const events = [...new Set(log.map(({ event }) => event))]
    assert.deepEqual(events, ['stopping', 'stopped'])
  })

  it('H30 a signal while a program still computes a secret: nothing waits for it, and no endpoint is opened', async () => {
    const { folder } = await open()
    const [seenRequests, answer] = [join(folder, 'asked'), join(folder, 'answer')]
    const program = join(folder, 'secret.sh')
    const wait = `while [ -d "${folder}" ] && [ ! -e "${answer}" ]; do sleep 0.1; done`
    writeFileSync(program, `#!/bin/sh\ntouch "${seenRequests}"\n${wait}\necho a-secret\n`, { mode: 0o700 })
    const at = '2026-10-01T00:00:00.000Z'
    const secrets = { loopApiKey: `command:${program}`, masonhubToken: `command:${program}` }
    const acme = { environment: 'sandbox', masonhub: { slug: 'demo' }, secrets, addedAt: at, changedAt: at } as const
    const configDir = join(folder, 'config')
    await updateProfiles({ MHLOOP_CONFIG_DIR: configDir }, () => ({
      version: 1,
      current: null,
      merchants: { acme },
    }))
    const run = await runMhloop('serve --port 0 --json', {
      configDir,
      env: { PATH: process.env.PATH ?? '' },
      interruptAfter: until(() => existsSync(seenRequests)),
    })
    assert.ok(!existsSync(answer))
    writeFileSync(answer, '')
    assert.deepEqual([run.exit, run.json().error.code], [130, 'INTERRUPTED'])
    assert.doesNotMatch(run.stderr, /started|merchant served|127\.0\.0\.1/)
  })
})

describe('credentials travel with their host (G7)', () => {
  const folder = temporaryFolder()
  const env = () => ({ MHLOOP_CONFIG_DIR: `${folder()}/config` })

  /** A vendor that refuses every request and records the credentials that it gets. */
  async function refusing() {
    const seen: string[] = []
    const server = createServer((request: IncomingMessage, response) => {
      seen.push(request.headers.authorization ?? '')
      response.writeHead(401, { 'content-type': 'application/json' }).end('{}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return { seen, url, close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()) }
  }

  it('G7 a new token that was stored with a new host is never sent to the old one, by a connection that asks again either', async () => {
    const old = await refusing()
    const at = '2026-10-01T00:00:00.000Z'
    const baseUrl = (url: string) => `${url}/demo/api/v1`
    await updateProfiles(env(), () => ({
      version: 1,
      current: null,
      merchants: {
        acme: {
          environment: 'sandbox',
          loop: { baseUrl: `${old.url}/api/2026-10` },
          masonhub: { slug: 'demo', baseUrl: baseUrl(old.url) },
          addedAt: at,
          changedAt: at,
        },
      },
    }))
    const store = fileCredentialStore(env())
    await store.write(
      'acme',
      { loopApiKey: secret('a loop key'), masonhubToken: secret('the-old-token') },
      new Date(at),
    )
    const found = await findMerchant({ name: 'acme', env: env() })
    const { masonhub, close } = await createVendorClients(found.merchant, await readCredentials(found), {
      renew: () => readCredentials(found),
    })
    const credentialsFile = () => readFileSync(`${env().MHLOOP_CONFIG_DIR}/credentials.json`, 'utf8')
    const betweenTimes: string[] = []
    const change = {
      name: 'acme',
      change: (profile: Parameters<Parameters<typeof changeMerchant>[2]['change']>[0]) => {
        betweenTimes.push(credentialsFile())
        return { ...profile, masonhub: { ...profile.masonhub, baseUrl: baseUrl('http://127.0.0.1:9') } }
      },
      mayLoosen: true,
      secrets: { masonhubToken: secret('the-new-token') },
      references: {},
      check: false,
    }
    await changeMerchant(env(), new Date(at), change, {})
    assert.match(credentialsFile(), /the-new-token/)
    // While the profile is written, neither token is stored: no token is ever stored beside the other one's host.
    assert.doesNotMatch(betweenTimes.at(-1) ?? '', /the-(?:old|new)-token/)
    await assert.rejects(masonhub.rmas.byCustomerIdentifiers(['1']), { code: 'MASONHUB_UNAUTHORIZED' })
    assert.ok(old.seen.length > 0)
    assert.deepEqual([...new Set(old.seen)], ['Bearer the-old-token'])
    await assert.rejects(readCredentials(found), { code: 'MERCHANT_CHANGED' })
    close()
    await old.close()
  })
})
