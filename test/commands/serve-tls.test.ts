import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../temporary-folder.ts'
import { onBench } from './bench.ts'

describe('serve --tls-key', () => {
  const folder = temporaryFolder()
  const bench = onBench()

  it('H12: refuses a key that others can read or write, and one that is not there', async () => {
    const key = join(folder(), 'key.pem')
    writeFileSync(key, 'no key')
    writeFileSync(join(folder(), 'cert.pem'), 'no certificate')
    const serve = () =>
      bench().run(['serve', '--port', '0', '--tls-cert', join(folder(), 'cert.pem'), '--tls-key', key, '--json'])
    for (const mode of [0o666, 0o644, 0o660]) {
      chmodSync(key, mode)
      const { exit, json } = await serve()
      assert.deepEqual([exit, json().error.code], [2, 'CONFIG_UNSAFE'])
      assert.match(json().error.hint ?? '', /^chmod 600 .*key\.pem$/)
    }
    // No other user can read it now: its content is checked, and is no key.
    chmodSync(key, 0o600)
    assert.notEqual((await serve()).json().error.code, 'CONFIG_UNSAFE')
  })
})
