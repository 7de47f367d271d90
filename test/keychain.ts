/** Keychains for tests, which never use the machine's own (test/setup.ts). */
import { Fault } from '../src/core/errors/fault.ts'
import { type Keychain, useKeychain } from '../src/merchants/stores/keychain.ts'

/** Like a machine without a desktop. */
export const noKeychain: Keychain = async () => {
  throw new Fault('This machine has no keychain that mhloop can use: there is none in tests.', {
    code: 'KEYCHAIN_UNAVAILABLE',
    hint: '--store file',
  })
}

export type MemoryKeychain = {
  /** By `service/account`. */
  entries: Map<string, string>
  /** The requests that it got, such as `set mhloop/acme/loop-api-key`. */
  calls: string[]
}

/** A working keychain for each test of a `describe`. */
export function onKeychain(): () => MemoryKeychain {
  let memory: MemoryKeychain = { entries: new Map(), calls: [] }
  let putBack = () => {}
  beforeEach(() => {
    memory = { entries: new Map(), calls: [] }
    putBack = useKeychain(async (requests) =>
      requests.map(({ action, service, account, value }) => {
        const key = `${service}/${account}`
        memory.calls.push(`${action} ${key}`)
        if (action === 'set') memory.entries.set(key, value ?? '')
        if (action === 'remove') memory.entries.delete(key)
        return action === 'get' ? (memory.entries.get(key) ?? null) : null
      }),
    )
  })
  afterEach(() => putBack())
  return () => memory
}
