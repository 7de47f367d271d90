/** Everything that an operator types takes effect or is refused: nothing is silently ignored. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { newestOnly } from '../../src/cli/input/flags.ts'
import { readPrivateFile } from '../../src/merchants/files/private-file.ts'
import { findMerchant } from '../../src/merchants/profiles/resolve-merchant.ts'
import { placedFiles } from '../../src/usecases/doctor/files.ts'
import { runMhloop } from '../run.ts'
import { temporaryFolder } from '../temporary-folder.ts'

describe('what was typed', () => {
  const folder = temporaryFolder()
  const run = (argv: string | string[]) =>
    runMhloop(argv, { configDir: `${folder()}/config`, dataDir: `${folder()}/data` })
  const add = (name: string) =>
    runMhloop(`merchant add ${name} --environment sandbox --slug demo --no-check`, {
      configDir: `${folder()}/config`,
      dataDir: `${folder()}/data`,
      env: { MHLOOP_LOOP_API_KEY: 'canary-1', MHLOOP_MASONHUB_TOKEN: 'canary-2' },
    })

  for (const argv of [
    'rma resolve 99904598 --refund --note x',
    'sandbox receive --all --event delivered',
    ['serve', '--host', ''],
    ['serve', '--watch-host', ' '],
  ]) {
    it(`${Array.isArray(argv) ? argv.join(' ') : argv}: refused, exit 2`, async () =>
      assert.equal((await run(argv)).exit, 2))
  }

  it('H12 serve names a certificate that is not there', async () => {
    await writeFile(`${folder()}/key.pem`, 'k', { mode: 0o600 })
    const { exit, stderr } = await run([
      'serve',
      '--port',
      '0',
      '--tls-cert',
      'nope.pem',
      '--tls-key',
      `${folder()}/key.pem`,
    ])
    assert.equal(exit, 2)
    assert.match(stderr, /--tls-cert nope\.pem: no such file/)
  })

  it('F66 an unknown merchant is reported before its values', async () => {
    await add('acme')
    const { exit, json } = await run(['merchant', 'set', '-m', 'nosuch', 'destinations', '', '--json'])
    assert.deepEqual([exit, json().error.code], [5, 'MERCHANT_UNKNOWN'])
  })

  it('F66 merchant show takes one merchant; MHLOOP_MERCHANT gives way to an argument', async () => {
    await add('acme')
    await add('globex')
    assert.equal((await run('merchant show acme -m globex')).exit, 2)
    assert.equal((await run('merchant show acme -m acme')).exit, 0)
    const env = { MHLOOP_MERCHANT: 'globex' }
    const argument = await runMhloop('merchant show acme --json', { configDir: `${folder()}/config`, env })
    assert.equal(argument.json().merchant, 'acme')
  })

  it('F66 a variable of blanks is none: the merchant env is incomplete', async () => {
    const env = { MHLOOP_LOOP_API_KEY: 'a', MHLOOP_MASONHUB_TOKEN: 'b', MHLOOP_MASONHUB_SLUG: ' ' }
    await assert.rejects(findMerchant({ env }), /"env" is incomplete: MHLOOP_MASONHUB_SLUG is not set/)
  })

  it('F62 a command that repairs a path with blanks works when it is pasted', async () => {
    const path = `${folder()}/my secrets.json`
    await writeFile(path, '{}')
    const { chmod } = await import('node:fs/promises')
    await chmod(folder(), 0o700)
    await chmod(path, 0o644)
    await assert.rejects(readPrivateFile(path, 'secret'), { hint: `chmod 600 '${path}'` })
  })

  it('a hint never asks for more rows than --limit takes', () => {
    assert.match(newestOnly(100, 100_000), /--limit 1000$/)
    assert.match(newestOnly(50_000, 100_000), /--limit 100000$/)
    assert.match(newestOnly(100_000, 100_000), /give --since and --until$/)
  })

  it('doctor checks the files of the journal that --journal names', async () => {
    const path = `${folder()}/other.db`
    await writeFile(path, '')
    const env = { MHLOOP_CONFIG_DIR: `${folder()}/config`, MHLOOP_DATA_DIR: `${folder()}/data` }
    const paths = (await placedFiles(env, `sqlite:${path}`)).map((file) => file.path)
    assert.ok(paths.includes(path))
  })
})
