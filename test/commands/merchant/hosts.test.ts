import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { link, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Profile } from '../../../src/merchants/profiles/profile.ts'
import { readProfiles } from '../../../src/merchants/profiles/profiles.ts'
import { secret } from '../../../src/merchants/secrets/secret.ts'
import { fileCredentialStore } from '../../../src/merchants/stores/file-store.ts'
import { onKeychain } from '../../keychain.ts'
import { type RunOptions, runMhloop } from '../../run.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { onBench } from '../bench.ts'
import { assertObeysSchema } from '../schemas.ts'

describe('a credential goes to the host that it was given for (G7, G8)', () => {
  const folder = temporaryFolder()
  const bench = onBench()
  const env = () => ({ MHLOOP_CONFIG_DIR: folder() })
  const run = async (argv: string | string[], options: RunOptions = {}) => {
    const result = await runMhloop(argv, { configDir: folder(), dataDir: `${folder()}/data`, ...options })
    assert.doesNotMatch(result.stdout + result.stderr, /canary/, 'a secret was printed (F58)')
    return result
  }
  const apply = (text: string, more = '', options: RunOptions = {}) =>
    run(`merchant apply -f - ${more}`, { stdin: text, ...options })
  const stored = async () =>
    existsSync(join(folder(), 'profiles.json')) ? await readFile(join(folder(), 'profiles.json'), 'utf8') : ''
  const storedSecret = (name: string) => fileCredentialStore(env()).read(name)

  type Where = { loop?: string; masonhub?: string; secrets?: string; more?: string }
  const file = (merchants: Record<string, Where>) =>
    `merchants:\n${Object.entries(merchants)
      .map(([name, { loop, masonhub, secrets, more }]) => {
        const { sandbox } = bench()
        const where = `loop-base-url: "${loop ?? sandbox.loopBaseUrl}", masonhub-base-url: "${masonhub ?? sandbox.masonhubBaseUrl}"`
        return `  ${name}: { environment: sandbox, slug: demo, ${where}${secrets ? `, secrets: { ${secrets} }` : ''}${more ?? ''} }`
      })
      .join('\n')}\n`
  const both = 'loop-api-key: "env:ACME_KEY", masonhub-token: "env:ACME_TOKEN"'

  /** Adds a merchant with stored secrets that the sandbox accepts, and the same secrets in variables. */
  async function addAcme(name = 'acme') {
    const { sandbox } = bench()
    const keys = bench().freshKeys()
    const where = `--loop-base-url ${sandbox.loopBaseUrl} --masonhub-base-url ${sandbox.masonhubBaseUrl}`
    const { exit, stderr } = await run(`merchant add ${name} --environment sandbox --slug demo ${where}`, { env: keys })
    assert.equal(exit, 0, stderr)
    return { ACME_KEY: keys.MHLOOP_LOOP_API_KEY ?? '', ACME_TOKEN: keys.MHLOOP_MASONHUB_TOKEN ?? '' }
  }

  /** Runs a command that must be refused, and checks that it sent no request and stored nothing. */
  async function refused(run: () => ReturnType<typeof apply>, [exit, code]: [number, string], what: string) {
    const before = { stored: await stored(), requests: bench().sandbox.requests.length }
    const result = await run()
    assert.deepEqual([result.exit, result.json().error.code], [exit, code], `${what}: ${result.json().error.message}`)
    assert.deepEqual({ stored: await stored(), requests: bench().sandbox.requests.length }, before, what)
    return result.json().error
  }
  /** The same server under another name is another origin. */
  const elsewhere = (url: string) => url.replace('127.0.0.1', 'localhost')

  it('G8 merchant set requires a kept secret again, in the same call, when its host changes; no flag lets it follow', async () => {
    const keys = await addAcme()
    const moved = elsewhere(bench().sandbox.loopBaseUrl)
    for (const more of ['', '--no-check', '--yes', `--allow-host ${new URL(moved).host}`]) {
      const set = `merchant set -m acme loop-base-url ${moved} refunds off ${more} --json`
      const { message, hint } = await refused(() => run(set), [4, 'SECRET_OF_OTHER_HOST'], more)
      assert.match(
        message,
        /^The Loop API key of acme \(stored here\) was given for 127\.0\.0\.1:\d+, so it is not sent to localhost:\d+\. Nothing/,
      )
      assert.match(hint ?? '', /: mhloop merchant set -m acme loop-base-url http\S+ refunds off .*--json loop-api-key$/)
    }
    const other = `merchant set -m acme loop-base-url ${moved} masonhub-token -`
    await refused(
      () => run(`${other} --no-check --json`, { stdin: keys.ACME_TOKEN }),
      [4, 'SECRET_OF_OTHER_HOST'],
      'the other secret',
    )
    const fresh = bench().freshKeys()
    const input = await run(`merchant set -m acme loop-base-url ${moved} loop-api-key -`, {
      stdin: fresh.MHLOOP_LOOP_API_KEY ?? '',
    })
    assert.equal(input.exit, 0, input.stderr)
    assert.equal((await storedSecret('acme')).loopApiKey?.value.reveal(), fresh.MHLOOP_LOOP_API_KEY)
    assert.equal(
      (await run(`merchant set -m acme loop-base-url ${moved}/x --no-check`)).exit,
      0,
      'the path is within the host',
    )
    const typed = { tty: true, answers: [fresh.MHLOOP_LOOP_API_KEY ?? ''] }
    const back = await run(`merchant set -m acme loop-base-url ${bench().sandbox.loopBaseUrl} loop-api-key`, typed)
    assert.equal(back.exit, 0, back.stderr)
    const json = JSON.stringify({ loopApiKey: keys.ACME_KEY })
    const file = await run(`merchant set -m acme loop-base-url ${moved} --credentials-file -`, { stdin: json })
    assert.equal(file.exit, 0, file.stderr)
  })

  it('G8 another environment is another host, unless the base URL stays', async () => {
    await addAcme()
    assert.equal((await run('merchant set -m acme --no-check environment production --yes')).exit, 0)
    const keys = { MHLOOP_LOOP_API_KEY: 'canary-1', MHLOOP_MASONHUB_TOKEN: 'canary-2' }
    await run('merchant add real --environment sandbox --slug demo --no-check', { env: keys })
    const live = () => run('merchant set -m real --no-check environment production --yes --json')
    const { message, hint } = await refused(live, [4, 'SECRET_OF_OTHER_HOST'], 'production')
    assert.match(
      message,
      /MasonHub token .* given for sandbox\.masonhub\.co, so it is not sent to app\.masonhub\.co\. Nothing/,
    )
    assert.match(hint ?? '', /mhloop merchant set -m real --no-check environment production .*masonhub-token$/)
    const input = { stdin: 'canary-of-production' }
    assert.equal(
      (await run('merchant set -m real --no-check environment production masonhub-token - --yes', input)).exit,
      0,
    )
    assert.equal((await storedSecret('real')).loopApiKey?.value.reveal(), 'canary-1', 'the same Loop')
  })

  it('G8 a kept reference counts as kept, until it is given again in the same call', async () => {
    const keys = await addAcme()
    const options = { env: keys }
    await run('merchant set -m acme loop-api-key env:ACME_KEY masonhub-token env:ACME_TOKEN', options)
    const moved = elsewhere(bench().sandbox.masonhubBaseUrl)
    const set = `merchant set -m acme masonhub-base-url ${moved}`
    const { message, hint } = await refused(() => run(`${set} --json`, options), [4, 'SECRET_OF_OTHER_HOST'], 'set')
    assert.match(message, /The MasonHub token of acme from env:ACME_TOKEN was given for /)
    assert.match(hint ?? '', /masonhub-base-url http\S+ --json masonhub-token env:ACME_TOKEN$/)
    const file_ = file({ acme: { masonhub: moved, secrets: both } })
    const applied = await refused(() => apply(file_, '--json', options), [4, 'SECRET_OF_OTHER_HOST'], 'apply')
    const renewing = `merchant set -m acme masonhub-base-url ${moved} masonhub-token env:ACME_TOKEN`
    assert.ok(applied.hint?.endsWith(`: mhloop ${renewing}`), applied.hint ?? '')
    const renewed = await run(renewing, options)
    assert.equal(renewed.exit, 0, renewed.stderr)
    assert.equal((await apply(file_, '--json', options)).json().data.unchanged, 1)
    const other = file({ acme: { secrets: both.replace('env:ACME_TOKEN', 'env:OTHER_TOKEN') } })
    const named = await apply(other, '', { env: { ...keys, OTHER_TOKEN: keys.ACME_TOKEN } })
    assert.equal(named.exit, 0, named.stderr)
  })

  it('G8 merchant apply lets no kept secret follow to another host, and says so in a dry run', async () => {
    await addAcme()
    const { sandbox } = bench()
    const moved = { loop: elsewhere(sandbox.loopBaseUrl), masonhub: elsewhere(sandbox.masonhubBaseUrl) }
    const text = file({ acme: moved })
    const host = new URL(moved.loop).host
    for (const more of [
      '',
      '--no-check',
      '--yes',
      '--dry-run --check',
      `--allow-host ${host} --allow-host localhost`,
    ]) {
      const { message, hint } = await refused(() => apply(text, `${more} --json`), [4, 'SECRET_OF_OTHER_HOST'], more)
      assert.match(message, /The Loop API key of acme .*The MasonHub token of acme .*Nothing was sent or stored/)
      assert.match(
        hint ?? '',
        /: mhloop merchant set -m acme loop-base-url http:\S+ masonhub-base-url http:\S+ loop-api-key masonhub-token$/,
      )
    }
    const dry = await apply(text, '-n --json')
    assert.equal(dry.exit, 0)
    assertObeysSchema(dry.json())
    assert.deepEqual(
      dry.json().data.refusals.map(({ merchant, key, code }: Record<string, string>) => [merchant, key, code]),
      [
        ['acme', 'loop-api-key', 'SECRET_OF_OTHER_HOST'],
        ['acme', 'masonhub-token', 'SECRET_OF_OTHER_HOST'],
        ['acme', 'callback-token', 'SECRET_OF_OTHER_HOST'],
      ],
    )
    assert.match(dry.json().warnings[0] ?? '', /is not sent to localhost.*: mhloop merchant set -m acme loop-base-url/)
    assert.match((await apply(text, '--dry-run')).stderr, /is not sent to localhost/)
    const none = await apply(file({ fresh: {} }), '--no-check')
    assert.equal(none.exit, 0)
    assert.equal((await apply(file({ fresh: moved }), '--no-check')).exit, 0, 'nothing is kept that could follow')
  })

  it('G8 a person who can only edit the file gets no secret to a host of theirs, however it is written', async () => {
    const keys = await addAcme()
    const options = { env: keys }
    const secretFile = join(folder(), 'token')
    await writeFile(secretFile, keys.ACME_TOKEN, { mode: 0o600 })
    const byFile = `loop-api-key: "env:ACME_KEY", masonhub-token: "file:${secretFile}"`
    assert.equal((await apply(file({ acme: { secrets: byFile } }), '', options)).exit, 0)
    const theirs = 'https://hub.evil.example/x'
    const near = elsewhere(bench().sandbox.masonhubBaseUrl)
    const dotted = secretFile.replace(/\/token$/, '/./token')
    const foreign: [number, string] = [6, 'HOST_NOT_ALLOWED']
    const bound: [number, string] = [4, 'SECRET_OF_OTHER_HOST']
    for (const [what, merchants, expected] of [
      ['their host', { acme: { masonhub: theirs, secrets: byFile } }, bound],
      ['the kept one', { acme: { masonhub: theirs } }, foreign],
      ['by another reference', { acme: { masonhub: theirs, secrets: both } }, foreign],
      [
        'the same file by another path',
        { acme: { masonhub: near, secrets: byFile.replace(secretFile, dotted) } },
        bound,
      ],
      ['another name', { acme: { secrets: byFile }, spy: { loop: theirs, secrets: both } }, foreign],
      ['swapped vendors', { spy: { loop: 'https://app.masonhub.co/x', secrets: both } }, foreign],
      ['another port', { spy: { loop: 'https://api.loopreturns.com:8443/x', secrets: both } }, foreign],
      ['without a check', { spy: { masonhub: theirs } }, foreign],
    ] as [string, Record<string, Where>, [number, string]][]) {
      for (const more of ['', '--no-check', '--yes --prune', '--dry-run --check']) {
        await refused(() => apply(file(merchants), `${more} --json`, options), expected, `${what} ${more}`)
      }
      const dry = await apply(file(merchants), '--dry-run --json', options)
      assert.equal(dry.exit, 0, what)
      // Without reading the store, it also reports secrets that may be stored.
      const codes: string[] = dry.json().data.refusals.map(({ code }: Record<string, string>) => code)
      assert.ok(codes.includes(expected[1]), `${what}: ${codes}`)
    }
  })

  it('G8 a kept file is the same file, however merchants.yaml spells its path', async () => {
    const keys = await addAcme()
    const home = join(folder(), 'home')
    await mkdir(join(home, 'keys'), { recursive: true })
    await writeFile(join(home, 'keys', 'loop'), keys.ACME_KEY, { mode: 0o600 })
    await writeFile(join(home, 'keys', 'other'), bench().freshKeys().MHLOOP_LOOP_API_KEY ?? '', { mode: 0o600 })
    await symlink('keys', join(home, 'linked'))
    await symlink('loop', join(home, 'keys', 'link'))
    await link(join(home, 'keys', 'loop'), join(home, 'keys', 'second-name'))
    const options = { env: { HOME: home, CREDENTIALS_DIRECTORY: join(home, 'keys') } }
    const set = await run('merchant set -m acme loop-api-key file:~/keys/loop', options)
    assert.equal(set.exit, 0, set.stderr)
    const loop = elsewhere(bench().sandbox.loopBaseUrl)
    const moved = (path: string) => file({ acme: { loop, secrets: `loop-api-key: "file:${path}"` } })
    for (const path of [
      `${home}/keys/loop`,
      `${home}//keys/./loop`,
      '~/other/../keys/loop',
      '$CREDENTIALS_DIRECTORY/loop',
      `${home}/linked/loop`,
      '~/keys/link',
      '~/keys/second-name',
    ]) {
      await refused(() => apply(moved(path), '--no-check --json', options), [4, 'SECRET_OF_OTHER_HOST'], path)
      const dry = await apply(moved(path), '--dry-run --json', options)
      assert.deepEqual([dry.exit, dry.json().data.refusals[0]?.code], [0, 'SECRET_OF_OTHER_HOST'], path)
    }
    const other = await apply(moved('~/keys/other'), '', options)
    assert.equal(other.exit, 0, other.stderr)
  })

  it('G8 a kept callback token belongs to MasonHub’s host, as the MasonHub token does, and is required again with another', async () => {
    const keys = await addAcme()
    const options = { env: keys }
    const values = { callbackToken: secret('callback-canary-1'), nextCallbackToken: secret('callback-canary-2') }
    await fileCredentialStore(env()).write('acme', values, new Date())
    const masonhub = elsewhere(bench().sandbox.masonhubBaseUrl)
    const bound: [number, string] = [4, 'SECRET_OF_OTHER_HOST']
    const set = `merchant set -m acme masonhub-base-url ${masonhub} masonhub-token env:ACME_TOKEN`
    const { message, hint } = await refused(() => run(`${set} --json`, options), bound, 'set')
    assert.match(
      message,
      /^The MasonHub callback token of acme \(stored here\) was given for 127\.0\.0\.1:\d+, so it is not sent/,
    )
    assert.match(hint ?? '', /one from openssl rand -hex 32\): mhloop merchant set -m acme .* --json callback-token$/)
    const moved = file({ acme: { masonhub, secrets: both } })
    await refused(() => apply(moved, '--no-check --yes --json', options), bound, 'apply')
    const codes = (await apply(moved, '--dry-run --json', options)).json().data.refusals
    assert.deepEqual(
      codes.map(({ key, code }: Record<string, string>) => [key, code]),
      [['callback-token', 'SECRET_OF_OTHER_HOST']],
    )
    const loop = elsewhere(bench().sandbox.loopBaseUrl)
    assert.equal((await apply(file({ acme: { loop, secrets: both } }), '', options)).exit, 0, 'Loop has nothing of it')
    const input = await run(`${set} callback-token - loop-base-url ${loop}`, { ...options, stdin: 'callback-canary-3' })
    assert.equal(input.exit, 0, input.stderr)
    const now = await fileCredentialStore(env()).read('acme', ['callbackToken', 'nextCallbackToken'])
    assert.equal(now.callbackToken?.value.reveal(), 'callback-canary-3')
    assert.equal(now.nextCallbackToken, undefined, 'the rotation that was begun at the host before')
  })

  it('G8 a callback token from the same place follows to no other host either; from another place it does', async () => {
    const options = { env: { ...(await addAcme()), HOOK: 'callback-canary-1', OTHER: 'callback-canary-2' } }
    const named = (from: string) => `${both}, callback-token: "env:${from}"`
    const remaining = { callbackToken: secret('callback-canary-3'), nextCallbackToken: secret('callback-canary-4') }
    await fileCredentialStore(env()).write('acme', remaining, new Date())
    assert.equal((await apply(file({ acme: { secrets: named('HOOK') } }), '', options)).exit, 0)
    const storedSecret = await fileCredentialStore(env()).read('acme', ['callbackToken', 'nextCallbackToken'])
    assert.deepEqual(
      storedSecret,
      {},
      'what is fetched is not kept as well, nor what a rotation would put in its place',
    )
    const masonhub = elsewhere(bench().sandbox.masonhubBaseUrl)
    const others = { ...options.env, TOKEN: options.env.ACME_TOKEN }
    const moved = (from: string) => file({ acme: { masonhub, secrets: named(from).replace('ACME_TOKEN', 'TOKEN') } })
    const again = () => apply(moved('HOOK'), '--json', { env: others })
    await refused(again, [4, 'SECRET_OF_OTHER_HOST'], 'the same')
    const other = await apply(moved('OTHER'), '', { env: others })
    assert.equal(other.exit, 0, other.stderr)
  })

  it('G8 a host that was allowed for the MasonHub token gets nothing else as callback token or receiver key', async () => {
    const where = { loop: 'https://loop.example.com/api', masonhub: 'https://hub.example.com/api' }
    const mock = (more: string) => file({ mock: { ...where, secrets: `${both}${more}` } })
    const allowed = '--no-check --allow-host hub.example.com --allow-host loop.example.com'
    assert.equal((await apply(mock(''), allowed)).exit, 0)
    for (const [key, hosts] of [
      ['callback-token', ['hub.example.com']],
      ['receiver-key', ['loop.example.com', 'hub.example.com']],
    ] as const) {
      const text = mock(`, ${key}: "env:ACME_KEY"`)
      const { message, hint } = await refused(
        () => apply(text, '--no-check --yes --json'),
        [6, 'HOST_NOT_ALLOWED'],
        key,
      )
      const flags = hosts.map((host) => ` --allow-host ${host}`).join('')
      for (const host of hosts)
        assert.ok(message.includes(`mock would send its ${key} to ${host}, which is not a known host`))
      assert.ok(hint?.endsWith(flags), hint ?? '')
      const dry = await apply(text, '--dry-run --json')
      assertObeysSchema(dry.json())
      assert.deepEqual(
        dry.json().data.refusals.map((one: Record<string, string>) => [one.key, one.code]),
        hosts.map(() => [key, 'HOST_NOT_ALLOWED']),
      )
      assert.equal((await apply(text, allowed)).exit, 0, 'allowed')
      assert.equal((await apply(text.replace('slug: demo', 'slug: other'), '--no-check')).exit, 0, 'as stored')
      assert.equal((await apply(mock(''), '--no-check')).exit, 0)
    }
    const signing = mock(', loop-webhook-secret: "env:ACME_KEY"')
    assert.equal((await apply(signing, '--no-check')).exit, 0, 'the signing secret is sent to nobody')
  })

  it('G8 a host that was allowed for one secret gets no other by the file alone', async () => {
    const keys = await addAcme()
    const options = { env: keys }
    const mock = (secrets: string) => file({ mock: { loop: 'https://mocks.example.com/api', secrets } })
    const own = both.replace('ACME_KEY', 'MOCK_KEY')
    await refused(() => apply(mock(own), '--no-check --json', options), [6, 'HOST_NOT_ALLOWED'], 'new')
    assert.equal((await apply(mock(own), '--no-check --allow-host MOCKS.example.com:443', options)).exit, 0)
    assert.equal((await apply(mock(`${own}, callback-token: "env:X"`), '--no-check', options)).exit, 0, 'as stored')
    const other = await refused(
      () => apply(mock(both), '--no-check --json', options),
      [6, 'HOST_NOT_ALLOWED'],
      'another',
    )
    assert.match(
      other.message,
      /^mock would send its loop-api-key to mocks\.example\.com, which is not a known host of Loop\./,
    )
    assert.match(other.hint ?? '', /--allow-host mocks\.example\.com$/)
  })

  it('G8 --allow-host takes a host, and refuses anything else, exit 2', async () => {
    for (const [text, why] of [
      ['https://mocks.example.com', /has more than a host name/],
      ['mocks.example.com/api', /has more than a host name/],
      ['', /is empty/],
      ['*.example.com', /wildcard/],
      ['mocks.example.com.', /must not have a host name that ends with a dot/],
      ['10.0.0.1', /not an IP address/],
      ['a b', /is not a host name/],
    ] as const) {
      for (const command of [
        ['merchant', 'apply', '-f', '-'],
        ['merchant', 'set', '-m', 'acme', 'refunds', 'off'],
        ['merchant', 'add', 'acme'],
      ]) {
        await run('merchant add acme --environment sandbox --slug demo --no-check', {
          env: { MHLOOP_LOOP_API_KEY: 'canary', MHLOOP_MASONHUB_TOKEN: 'canary' },
        })
        if (command[1] === 'add') command[2] = 'other'
        const result = await run([...command, '--allow-host', text, '--json'], { stdin: file({}) })
        const { error } = result.json()
        assert.deepEqual([result.exit, error.code], [2, 'HOST_WRONG'], `${command.join(' ')} ${text}`)
        assert.match(error.message, why)
        assert.match(error.hint ?? '', /--allow-host mocks\.example\.com, or --allow-host mocks\.example\.com:8443/)
      }
    }
  })

  it('G8 merchant add and set ask before a credential goes to a host that is not known for the vendor’s', async () => {
    const options = { env: { MHLOOP_LOOP_API_KEY: 'loop-canary', MHLOOP_MASONHUB_TOKEN: 'hub-canary' } }
    const add = 'merchant add far --environment sandbox --slug demo --no-check --loop-base-url https://loop.example/api'
    const { message, hint } = await refused(() => run(`${add} --json`, options), [9, 'CONFIRMATION_NEEDED'], 'add')
    assert.match(message, /Send the Loop credentials of far to loop\.example, which is not a known host of Loop\?/)
    assert.match(
      hint ?? '',
      /: mhloop merchant add far .*https:\/\/loop\.example\/api --json --allow-host loop\.example$/,
    )
    assert.equal((await run(`${add} --allow-host other.example`, options)).exit, 9)
    assert.equal((await run(`${add} --allow-host loop.example:8443`, options)).exit, 9)
    assert.equal((await run(add, { ...options, tty: true, answers: ['fat'] })).exit, 9)
    const environment = { env: { ...options.env, MHLOOP_LOOP_BASE_URL: 'https://loop.example/api' } }
    assert.equal(
      (await run('merchant add far --environment sandbox --slug demo --no-check', environment)).exit,
      9,
      'a stray variable',
    )
    assert.equal(await stored(), '')
    assert.equal((await run(`${add} --allow-host LOOP.example`, options)).exit, 0)
    const set = 'merchant set -m far --no-check masonhub-base-url https://hub.example/x masonhub-token -'
    const token = { stdin: 'other-canary' }
    const refusal = await refused(() => run(`${set} --json`, token), [9, 'CONFIRMATION_NEEDED'], 'set')
    assert.match(
      refusal.hint ?? '',
      /: mhloop merchant set -m far .*masonhub-token - --json --allow-host hub\.example$/,
    )
    const answered = (answer: string) =>
      run('merchant set -m far --no-check masonhub-base-url https://hub.example/x masonhub-token', {
        tty: true,
        answers: ['other-canary', answer],
      })
    assert.equal((await answered('hub.example')).exit, 9)
    assert.equal((await answered('far')).exit, 0)
    assert.equal(
      (await run('merchant set -m far --no-check masonhub-base-url https://hub.example/y')).exit,
      0,
      'the same host',
    )
    assert.equal((await run(set.replace('https://hub.example/x', 'default'), token)).exit, 0, "the vendor's own")
    assert.equal((await run(`${set} --allow-host hub.example`, token)).exit, 0)
    assert.equal((await run(`${set.replace('hub.', 'bub.')} --yes`, token)).exit, 0)
  })

  describe('with a keychain', () => {
    const keychain = onKeychain()

    it('G8 a file lets no merchant take what mhloop keeps for another, or as another secret', async () => {
      keychain().entries.set('mhloop/acme/loop-api-key', 'acme-canary')
      const take = (reference: string) =>
        file({ spy: { secrets: `loop-api-key: "keychain:${reference}", masonhub-token: "env:ACME_TOKEN"` } })
      for (const reference of ['mhloop/acme/loop-api-key', 'MHLOOP/acme/loop-api-key', 'mhloop/spy/masonhub-token']) {
        for (const more of ['--yes', '--no-check', '--dry-run --check']) {
          const { message, hint } = await refused(
            () => apply(take(reference), `${more} --store file --json`),
            [6, 'REFERENCE_NOT_ALLOWED'],
            `${reference} ${more}`,
          )
          assert.match(
            message,
            /^spy uses as its loop-api-key an entry that mhloop stores for something else: keychain:/,
          )
          assert.ok(hint?.endsWith(` --allow-reference keychain:${reference}`), hint ?? '')
        }
      }
      assert.deepEqual(keychain().calls, [], 'no reference was followed')
      const dry = await apply(take('mhloop/acme/loop-api-key'), '--dry-run --store file --json')
      assert.deepEqual([dry.exit, dry.json().data.refusals[0].code], [0, 'REFERENCE_NOT_ALLOWED'])
      const allowed = '--no-check --store file --allow-reference keychain:mhloop/acme/loop-api-key'
      assert.equal((await apply(take('mhloop/acme/loop-api-key'), allowed)).exit, 0)
      assert.equal((await apply(take('mhloop/acme/loop-api-key'), '--no-check')).exit, 0, 'as stored')
      assert.equal((await apply(take('vault/acme'), '--no-check')).exit, 0, "not one of mhloop's")
    })

    it('G8 mhloop’s own entry is what is kept, by whichever name; naming it keeps it', async () => {
      const { sandbox } = bench()
      const keys = bench().freshKeys()
      const where = `--loop-base-url ${sandbox.loopBaseUrl} --masonhub-base-url ${sandbox.masonhubBaseUrl}`
      await run(`merchant add acme --environment sandbox --slug demo --store keychain ${where}`, { env: keys })
      const loop = elsewhere(sandbox.loopBaseUrl)
      for (const reference of ['keychain:', 'keychain:mhloop/acme/loop-api-key', 'keychain:MHLOOP/ACME/loop-api-key']) {
        const text = file({ acme: { loop, secrets: `loop-api-key: "${reference}"` } })
        await refused(() => apply(text, '--no-check --json'), [4, 'SECRET_OF_OTHER_HOST'], reference)
      }
      const named = await run(`merchant set -m acme loop-base-url ${loop} loop-api-key keychain:`)
      assert.equal(named.exit, 0, named.stderr)
      assert.ok(keychain().entries.has('mhloop/acme/loop-api-key'), 'it is fetched from there, and was not dropped')
      assert.equal((await run('asn list -m acme')).exit, 0)
    })
  })

  it('H31 G8 a secret that another process stores meanwhile goes to no other host than its own', async () => {
    const { changeMerchant } = await import('../../../src/usecases/merchants/add-merchant.ts')
    await apply(file({ acme: {} }), '--no-check')
    const loop = { baseUrl: elsewhere(bench().sandbox.loopBaseUrl) }
    const path = join(folder(), 'profiles.json')
    let calls = 0
    const change = (profile: Profile) => {
      calls += 1
      // As `merchant set loop-api-key` in another terminal stores it, after the reading and before the lock.
      const later = readFileSync(path, 'utf8').replaceAll(profile.changedAt, '2030-01-01T00:00:00.000Z')
      if (calls === 1) writeFileSync(path, later)
      return { ...profile, loop }
    }
    const desired = { name: 'acme', change, mayLoosen: false, secrets: {}, references: {}, check: false }
    await assert.rejects(
      changeMerchant(env(), new Date(), desired, {}),
      /acme were changed by another process in the meantime/,
    )
    assert.equal(calls, 2)
    assert.equal((await readProfiles(env())).merchants.acme?.loop?.baseUrl, bench().sandbox.loopBaseUrl)
    assert.ok(await changeMerchant(env(), new Date(), desired, {}), 'again, it is looked at anew')
  })

  it('G7 while a rotation of the MasonHub token is half done, its host stays', async () => {
    const keys = await addAcme()
    const masonhub = elsewhere(bench().sandbox.masonhubBaseUrl)
    const set = () =>
      run(`merchant set -m acme masonhub-base-url ${masonhub} masonhub-token - --json`, { stdin: keys.ACME_TOKEN })
    const desired = file({ acme: { masonhub, secrets: both } })
    for (const remaining of ['nextMasonhubPhrase', 'nextMasonhubToken', 'oldMasonhubToken'] as const) {
      await fileCredentialStore(env()).write('acme', { [remaining]: secret('half-canary') }, new Date())
      const { hint } = await refused(set, [6, 'ROTATION_UNFINISHED'], remaining)
      assert.match(hint ?? '', /: mhloop merchant rotate masonhub -m acme$/)
      await refused(() => apply(desired, '--no-check --json', { env: keys }), [6, 'ROTATION_UNFINISHED'], remaining)
      await fileCredentialStore(env()).write('acme', { [remaining]: null }, new Date())
    }
    assert.equal((await set()).exit, 0)
  })

  it('merchant set shows no change where there is none', async () => {
    await addAcme()
    const { stdout } = await run('merchant set -m acme refunds off refunds-per-hour 5')
    assert.match(stdout, /^ *refunds +off \(unchanged\)$/m)
    assert.match(stdout, /^ *refunds-per-hour +60 → 5$/m)
    assert.doesNotMatch(stdout, /off → off/)
  })
})
