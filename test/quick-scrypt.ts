/** For tests of what is done with the key of a sealed file: the derivation of a key takes half a second (F61). */
import assert from 'node:assert/strict'
import crypto, { type ScryptOptions } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

const { scrypt } = crypto

/** In a `describe`: its tests derive keys with a thousandth of the work, from calls that ask for all of it. */
export function onQuickScrypt(): void {
  beforeEach(() =>
    use(((passphrase: string, salt: Buffer, length: number, work: ScryptOptions, done: Derived) => {
      assert.deepEqual([work.N, work.r, work.p], [2 ** 17, 8, 1])
      scrypt(passphrase, salt, length, { ...work, N: 2 ** 7 }, done)
    }) as typeof scrypt),
  )
  afterEach(useRealScrypt)
}

/** In a test of such a `describe`. */
export function useRealScrypt(): void {
  use(scrypt)
}

type Derived = (error: Error | null, key: Buffer) => void

function use(derivation: typeof scrypt): void {
  crypto.scrypt = derivation
  // Modules have imported it by name.
  syncBuiltinESMExports()
}
