/** `merchant add` as an operator uses it: the built program in a real terminal. Needs `npm run build`. */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mapWithLimit } from '../../src/core/concurrency/map-with-limit.ts'
import { readProfiles } from '../../src/merchants/profiles/profiles.ts'
import { fileCredentialStore } from '../../src/merchants/stores/file-store.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { seedSandbox } from '../../src/sandbox/seed/seed.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { skipped } from '../skipped.ts'
import { assertSane, type Keys, loadPty, openTerminal, type Terminal } from './terminal.ts'

const loopApiKey = 'wizard-loop-canary'
const masonhubToken = 'wizard-masonhub-canary'
const signingSecret = 'wizard-signing-canary'
const enter = '\r'
const down = '\u001b[B'
const ctrlC = '\u0003'
const ctrlD = '\u0004'

/** Every question of the conversation, including production and refunds, with the keys that an operator presses. */
const keys: Keys = {
  'What is the merchant called?': `acme${enter}`,
  'Loop API key': loopApiKey + enter,
  'Which destinations are MasonHub warehouses?': ` ${enter}`,
  'Which MasonHub is it?': down + enter,
  'MasonHub account slug': `demo${enter}`,
  'MasonHub token': masonhubToken + enter,
  'Is this mapping right?': enter,
  'Let mhloop send refunds automatically?': `y${enter}`,
  'Type acme to turn refunds on': `acme${enter}`,
  'How many first refunds should need an explicit request?': enter,
  'Change the limits on refunds?': enter,
  'Which returns should mhloop handle?': down + enter,
  'Created on or after which date?': `2026-10-01${enter}`,
  'Where should the secrets be stored?': enter,
  'Store it?': enter,
  'Public address': `http://127.0.0.1:9${enter}`,
  'Make 7 changes at Loop and MasonHub for acme?': `y${enter}`,
  'Signing secret of the webhooks': signingSecret + enter,
  'Check everything about acme now?': enter,
}

type Place = { sandbox: Sandbox; folder: string; env: Record<string, string> }

async function openPlace(): Promise<Place> {
  const [sandbox, folder] = await Promise.all([
    startSandbox({ loopApiKey, masonhubToken }),
    mkdtemp(join(tmpdir(), 'mhloop-test-')),
  ])
  seedSandbox(sandbox)
  const home = join(folder, 'home')
  await mkdir(home)
  const env = {
    HOME: home,
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? '',
    MHLOOP_CONFIG_DIR: join(home, 'config'),
    MHLOOP_DATA_DIR: join(home, 'data'),
    MHLOOP_LOOP_BASE_URL: sandbox.loopBaseUrl,
    MHLOOP_MASONHUB_BASE_URL: sandbox.masonhubBaseUrl,
    // No keychain answers on this bus. On other systems than Linux the machine's own keychain would, and must not be
    // used.
    DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent',
    ...(process.platform === 'linux' ? {} : { MHLOOP_CREDENTIAL_STORE: 'file' }),
  }
  return { sandbox, folder, env }
}

async function leavePlace({ sandbox, folder }: Place): Promise<void> {
  await sandbox.stop()
  await rm(folder, { recursive: true, force: true })
}

/** Every path below a folder, with the size of each file. */
async function treeOf(folder: string): Promise<string[]> {
  const paths = (await readdir(folder, { recursive: true })).sort()
  return Promise.all(paths.map(async (path) => `${path} ${(await stat(join(folder, path))).size}`))
}

function assertNoSecret(bytes: string): void {
  for (const secret of [loopApiKey, masonhubToken, signingSecret]) assert.ok(!bytes.includes(secret), 'F58')
}

/** Answers `stopAt` questions, and then presses `last`; without `stopAt`, answers all of them. */
async function walk(terminal: Terminal, stopAt = Number.POSITIVE_INFINITY, last = ''): Promise<string[]> {
  const requested: string[] = []
  for (;;) {
    const question = await terminal.nextQuestion(keys)
    if (question === null) return requested
    requested.push(question)
    terminal.press(requested.length === stopAt ? last : (keys[question] ?? ''))
    if (requested.length === stopAt) return requested
  }
}

async function assertWhole(env: Record<string, string>): Promise<void> {
  const { merchants, current } = await readProfiles(env)
  assert.equal(current, 'acme')
  assert.equal(merchants.acme?.environment, 'production')
  assert.equal(merchants.acme?.store, 'file')
  assert.deepEqual(merchants.acme?.policy?.destinations, ['501'])
  assert.equal(merchants.acme?.policy?.refunds, true)
  assert.equal(merchants.acme?.policy?.limits?.firstByHand, 10)
  assert.equal(merchants.acme?.policy?.cutoff, '2026-10-01T00:00:00.000Z')
  assert.ok((merchants.acme?.policy?.reasons?.length ?? 0) > 5)
  const secrets = await fileCredentialStore(env).read('acme')
  assert.deepEqual(
    [secrets.loopApiKey?.value.reveal(), secrets.masonhubToken?.value.reveal()],
    [loopApiKey, masonhubToken],
  )
}

describe('merchant add in a terminal', () => {
  let pty: Awaited<ReturnType<typeof loadPty>> = null
  let recorded: string[] = []

  before(async function () {
    pty = process.platform === 'win32' ? null : await loadPty()
    if (pty === null) skipped(this, 'no terminal can be opened here')
  })

  async function inPlace<T>(work: (place: Place, terminal: Terminal) => Promise<T>): Promise<T> {
    const place = await openPlace()
    try {
      assert.ok(pty)
      return await work(place, openTerminal(pty, ['merchant', 'add'], place.env))
    } finally {
      await leavePlace(place)
    }
  }

  it('walks from the name to connected webhooks, and stores what was answered', async () => {
    await inPlace(async ({ env, sandbox }, terminal) => {
      recorded = await walk(terminal)
      const bytes = terminal.bytes()
      assert.equal((await terminal.ended).exit, 0, bytes)
      assertNoSecret(bytes)
      assertSane(bytes)
      await assertWhole(env)
      const secrets = await fileCredentialStore(env).read('acme')
      assert.equal(secrets.loopWebhookSecret?.value.reveal(), signingSecret)
      assert.equal(sandbox.loop.webhooks.size, 6)
      assert.doesNotMatch(await readFile(join(env.MHLOOP_CONFIG_DIR ?? '', 'profiles.json'), 'utf8'), /canary/)
    })
    const known = Object.keys(keys)
    assert.deepEqual(
      recorded,
      process.platform === 'linux' ? known : known.filter((question) => !question.startsWith('Where should')),
    )
  })

  it('Ctrl-C at any question leaves nothing half-made, exit 130 (every question that was recorded)', async () => {
    const storedAt = recorded.indexOf('Store it?') + 1
    assert.ok(storedAt > 10)
    await mapWithLimit(recorded, 6, async (question) => {
      const position = recorded.indexOf(question) + 1
      await inPlace(async ({ folder, env }, terminal) => {
        const before = await treeOf(folder)
        assert.equal((await walk(terminal, position, ctrlC)).at(-1), question)
        const { exit } = await terminal.ended
        const bytes = terminal.bytes()
        assert.equal(exit, 130, `${question}: ${bytes}`)
        assertNoSecret(bytes)
        assertSane(bytes)
        if (position <= storedAt) {
          assert.match(bytes, /Nothing was stored\./, question)
          assert.deepEqual(await treeOf(folder), before, question)
        } else await assertWhole(env)
      })
    })
  })

  for (const [what, end] of [
    ['Ctrl-D', (terminal: Terminal) => terminal.press(ctrlD)],
    ['SIGTERM', (terminal: Terminal) => terminal.terminate()],
    ['a closed window', (terminal: Terminal) => terminal.close()],
  ] as const) {
    it(`${what} in the middle leaves nothing behind`, async () => {
      await inPlace(async ({ folder }, terminal) => {
        const before = await treeOf(folder)
        await walk(terminal, 4, '')
        end(terminal)
        const { exit } = await terminal.ended
        if (what !== 'a closed window') {
          assert.equal(exit, 130, terminal.bytes())
          assertSane(terminal.bytes())
        }
        assertNoSecret(terminal.bytes())
        assert.deepEqual(await treeOf(folder), before)
      })
    })
  }
})
