import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { Fault } from '../../../src/core/errors/fault.ts'
import type { PlainCode } from '../../../src/core/errors/fault-codes.ts'
import { phraseOfToken } from '../../../src/masonhub/account/phrase-of-token.ts'
import type { Secret } from '../../../src/merchants/profiles/merchant.ts'
import type { CredentialStore } from '../../../src/merchants/secrets/credentials.ts'
import { secret } from '../../../src/merchants/secrets/secret.ts'
import { fileCredentialStore } from '../../../src/merchants/stores/file-store.ts'
import { keychainCredentialStore } from '../../../src/merchants/stores/keychain-store.ts'
import { signToken } from '../../../src/sandbox/masonhub/account/tokens.ts'
import { rotateMasonHub, rotationStatus } from '../../../src/usecases/rotate/rotate-masonhub.ts'
import { onKeychain } from '../../keychain.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

const now = new Date('2026-10-01T00:00:00Z')
class Killed extends Error {}

/** The token endpoints of MasonHub, and a process that is killed before or after its nth step. */
function createWorld(store: CredentialStore) {
  const phrases = new Set(['first-phrase'])
  let remaining = Number.POSITIVE_INFINITY
  /** A step with an effect outside: the process is killed before it, or right after it. */
  async function step<T>(work: () => Promise<T>): Promise<T> {
    remaining -= 1
    if (remaining < 0) throw new Killed('before')
    const done = await work()
    remaining -= 1
    if (remaining < 0) throw new Killed('after')
    return done
  }
  const fault = (code: PlainCode) => new Fault('no', { code })
  const isGood = (token: Secret) => phrases.has(phraseOfToken(token.reveal()) ?? '')
  const guard = (token: Secret) => {
    if (!isGood(token)) throw fault('MASONHUB_UNAUTHORIZED')
  }
  const steppingStore: CredentialStore = {
    ...store,
    write: (...write) => step(() => store.write(...write)),
  }
  return {
    phrases,
    isGood,
    killAt(count: number) {
      remaining = count
    },
    rotation: {
      merchant: 'acme',
      store: steppingStore,
      now: () => now,
      mayGoOn: async () => {},
      as: async (token: Secret) => ({
        check: async () => guard(token),
        secrets: {
          create: (phrase: string) =>
            step(async () => {
              guard(token)
              phrases.add(phrase)
              return { token: signToken(phrase, now) }
            }),
          remove: (phrase: string) =>
            step(async () => {
              guard(token)
              if (!phrases.delete(phrase)) throw fault('MASONHUB_NOT_FOUND')
            }),
        },
      }),
    },
  }
}

const stores: [string, (folder: string) => CredentialStore][] = [
  ['the file', (folder) => fileCredentialStore({ MHLOOP_CONFIG_DIR: folder })],
  ['the keychain', (folder) => keychainCredentialStore({ MHLOOP_CONFIG_DIR: folder })],
]

for (const [place, open] of stores) {
  describe(`rotating the MasonHub token, kept in ${place}`, () => {
    const folder = temporaryFolder()
    const keychain = onKeychain()
    const first = signToken('first-phrase', now)
    const begin = async () => {
      const store = open(folder())
      await store.remove('acme')
      await store.write('acme', { masonhubToken: secret(first), loopApiKey: secret('key-of-acme') }, now)
      return { store, ...createWorld(store) }
    }
    const current = async (store: CredentialStore) => {
      const { masonhubToken } = await store.read('acme', ['masonhubToken'])
      assert.ok(masonhubToken, 'there is a token at every moment')
      return masonhubToken.value
    }
    const assertDone = async ({ store, phrases }: Awaited<ReturnType<typeof begin>>) => {
      assert.equal(phrases.size, 1, 'one phrase is left at MasonHub: nothing is orphaned')
      assert.ok(!phrases.has('first-phrase'))
      assert.ok(phrases.has(phraseOfToken((await current(store)).reveal()) ?? ''))
      assert.equal(await rotationStatus(store, 'acme'), 'nothing')
      assert.deepEqual(Object.keys(await store.list('acme')).sort(), ['loopApiKey', 'masonhubToken'])
    }

    it('makes, stores and revokes (API-005)', async () => {
      const world = await begin()
      assert.deepEqual(await rotateMasonHub(world.rotation), { resumed: false, oldIsRefused: true })
      await assertDone(world)
      assert.notEqual((await current(world.store)).reveal(), first)
    })

    it('killed before or after any step, the stored token works, and the next run finishes and leaves no orphan', async () => {
      let kills = 0
      for (let count = 0; ; count += 1) {
        keychain().entries.clear()
        const world = await begin()
        world.killAt(count)
        const killed = await rotateMasonHub(world.rotation).then(
          () => false,
          (error: unknown) => {
            assert.ok(error instanceof Killed, String(error))
            return true
          },
        )
        if (!killed) break
        kills += 1
        assert.ok(world.isGood(await current(world.store)), `the stored token works after kill ${count}`)
        world.killAt(Number.POSITIVE_INFINITY)
        await rotateMasonHub(world.rotation)
        await assertDone(world)
      }
      assert.ok(kills >= 10, `${kills} kill points`)
    })

    it('killed twice, at any two steps, it still ends well', async () => {
      for (const [one, two] of [
        [1, 1],
        [3, 2],
        [4, 4],
        [5, 1],
        [6, 3],
        [7, 1],
        [8, 2],
        [9, 1],
      ] as const) {
        keychain().entries.clear()
        const world = await begin()
        for (const count of [one, two]) {
          world.killAt(count)
          await rotateMasonHub(world.rotation).catch((error: unknown) =>
            assert.ok(error instanceof Killed, String(error)),
          )
          assert.ok(world.isGood(await current(world.store)), `${one}, ${two}`)
        }
        world.killAt(Number.POSITIVE_INFINITY)
        await rotateMasonHub(world.rotation)
        await assertDone(world)
      }
    })
  })
}

describe('rotating the MasonHub token, when something is wrong', () => {
  const folder = temporaryFolder()
  const store = () => fileCredentialStore({ MHLOOP_CONFIG_DIR: folder() })
  const begin = async (token = signToken('first-phrase', now)) => {
    await store().write('acme', { masonhubToken: secret(token) }, now)
    return createWorld(store())
  }
  const failsWith = (code: string) => (error: unknown) => {
    assert.ok(error instanceof Fault, String(error))
    assert.equal(error.code, code)
    return true
  }

  it('a token whose phrase can’t be read is left alone', async () => {
    const { rotation, phrases } = await begin(`opaque-${randomUUID()}`)
    await assert.rejects(rotateMasonHub(rotation), failsWith('TOKEN_WITHOUT_PHRASE'))
    assert.deepEqual([...phrases], ['first-phrase'])
  })
  it('a token that is refused already makes nothing', async () => {
    const { rotation, phrases } = await begin()
    phrases.clear()
    await assert.rejects(rotateMasonHub(rotation), failsWith('MASONHUB_UNAUTHORIZED'))
    assert.deepEqual(Object.keys(await store().list('acme')), ['masonhubToken'])
  })
  it('a new token that MasonHub then refuses is thrown away, and the old one stays', async () => {
    const { rotation, phrases } = await begin()
    const as: typeof rotation.as = async (token) => {
      const client = await rotation.as(token)
      const isNew = phraseOfToken(token.reveal()) !== 'first-phrase'
      const refuse = async () => {
        throw new Fault('no', { code: 'MASONHUB_UNAUTHORIZED' })
      }
      return isNew ? { ...client, check: refuse } : client
    }
    await assert.rejects(rotateMasonHub({ ...rotation, as }), failsWith('TOKEN_REFUSED'))
    assert.deepEqual([...phrases], ['first-phrase'])
    assert.deepEqual(Object.keys(await store().list('acme')), ['masonhubToken'])
  })
  it('a token that is not made of our phrase never leads to a deletion', async () => {
    const { rotation, phrases } = await begin()
    const as: typeof rotation.as = async (token) => {
      const client = await rotation.as(token)
      const create = async () => ({ token: signToken('first-phrase', now) })
      return { ...client, secrets: { ...client.secrets, create } }
    }
    // The same token again: the "old" phrase would be the current one.
    await assert.rejects(
      rotateMasonHub({
        ...rotation,
        as: async (token) => ({
          ...(await as(token)),
          secrets: {
            ...(await as(token)).secrets,
            create: async () => ({ token: signToken('first-phrase', new Date(0)) }),
          },
        }),
      }),
      failsWith('TOKEN_UNEXPECTED'),
    )
    assert.deepEqual([...phrases], ['first-phrase'])
  })
  it('an answer to the deletion that was lost is settled by looking', async () => {
    const { rotation, phrases } = await begin()
    const lost: typeof rotation.as = async (token) => {
      const client = await rotation.as(token)
      const remove = async (phrase: string) => {
        await client.secrets.remove(phrase)
        throw new Fault('?', { code: 'MASONHUB_IN_DOUBT' })
      }
      return { ...client, secrets: { ...client.secrets, remove } }
    }
    assert.deepEqual(await rotateMasonHub({ ...rotation, as: lost }), { resumed: false, oldIsRefused: true })
    assert.equal(phrases.size, 1)
  })
  it('a deletion that did not happen is reported, and the next run makes it', async () => {
    const { rotation, phrases } = await begin()
    const down: typeof rotation.as = async (token) => {
      const client = await rotation.as(token)
      const remove = async () => {
        throw new Fault('?', { code: 'MASONHUB_SERVER_ERROR' })
      }
      return { ...client, secrets: { ...client.secrets, remove } }
    }
    await assert.rejects(rotateMasonHub({ ...rotation, as: down }), failsWith('MASONHUB_SERVER_ERROR'))
    assert.equal(await rotationStatus(store(), 'acme'), 'old-token')
    assert.equal(phrases.size, 2)
    assert.deepEqual(await rotateMasonHub(rotation), { resumed: true, oldIsRefused: true })
    assert.equal(phrases.size, 1)
  })
})
