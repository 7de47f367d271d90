import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { helpTopics } from '../../../src/cli/program/help-topics.ts'
import { exitCodes } from '../../../src/core/errors/fault.ts'
import { updateProfiles } from '../../../src/merchants/profiles/profiles.ts'
import { configOfSource, runMhloop } from '../../run.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const program = fileURLToPath(new URL('../launch.ts', import.meta.url))

describe('commands that are not there', () => {
  const cases: [string, RegExp][] = [
    ['merchnat list', /Did you mean\s"mhloop\smerchant\slist"/],
    ['merchant lst', /Did you mean\s"mhloop\smerchant\slist"/],
    ['verison', /Did you mean\s"mhloop\sversion"/],
    ['zzzzzz', /is not a command\. *\n/],
    ['help merchnat', /is not a command/],
  ]
  for (const [argv, message] of cases) {
    it(`mhloop ${argv}: exit 2 with the nearest, and no question`, async () => {
      const { exit, stderr, stdout } = await runMhloop(argv, { tty: true })
      assert.deepEqual([exit, stdout], [2, ''])
      assert.match(stderr, message)
      const machine = await runMhloop(`${argv} --json`)
      assert.deepEqual([machine.exit, machine.json().error.exit], [2, 2])
    })
  }
  it('a topic alone shows its verbs; under --json it is wrong usage', async () => {
    const { exit, stdout } = await runMhloop('merchant')
    assert.equal(exit, 0)
    assert.match(stdout, /merchant add/)
    const machine = await runMhloop('merchant --json')
    assert.equal(machine.exit, 2)
    assert.match(machine.json().error.message, /needs a verb: add, apply, connect/)
  })
})

describe('help', () => {
  it('is shown in all its forms', async () => {
    for (const argv of ['', 'help', '--help', '-h']) {
      const { exit, stdout } = await runMhloop(argv)
      assert.equal(exit, 0)
      assert.match(stdout, /merchant .*[\s\S]*exit-codes/)
    }
    for (const argv of ['help merchant add', 'merchant add --help', 'merchant add -h', 'merchant --help']) {
      assert.match((await runMhloop(argv)).stdout, /Set up a merchant/)
    }
  })
  it('has a topic for exit codes, with every code there is', async () => {
    const { stdout } = await runMhloop('help exit-codes')
    for (const code of Object.values(exitCodes)) assert.match(stdout, new RegExp(`^ +${code}  `, 'm'))
    assert.deepEqual(Object.keys(helpTopics), ['exit-codes', 'environment', 'output'])
  })
  it('of every command has a summary, what it does to what, its exit codes and two examples', async () => {
    const { commands } = await configOfSource()
    const lacks = commands.flatMap(({ id, summary = '', description = '', examples = [] }) => [
      ...(summary !== '' && summary.length <= 100 ? [] : [`${id}: a summary of at most 100 characters`]),
      ...(/\b(reads?|writes?|asks?|sends?|changes?|deletes?|records?|makes?|starts?)\b/i.test(description)
        ? []
        : [`${id}: what it does`]),
      ...(/exit codes?:/i.test(description) ? [] : [`${id}: its exit codes`]),
      ...(examples.length >= 2 ? [] : [`${id}: two examples`]),
    ])
    assert.ok(commands.length > 0)
    assert.deepEqual(lacks, [])
  })
})

describe('the program', () => {
  const folder = temporaryFolder()
  function start(...argv: string[]): ChildProcessWithoutNullStreams {
    return spawn(process.execPath, [program, ...argv], {
      cwd: root,
      env: { ...process.env, MHLOOP_CONFIG_DIR: folder(), MHLOOP_DATA_DIR: folder() },
    })
  }
  async function ended(child: ChildProcessWithoutNullStreams) {
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    const [exit, signal] = await new Promise<[number | null, string | null]>((resolve) => {
      child.once('close', (code, name) => resolve([code, name]))
    })
    return { exit, signal, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }
  }
  const manyMerchants = (count: number) => {
    const time = '2026-10-01T00:00:00.000Z'
    const profile = { environment: 'sandbox' as const, masonhub: { slug: 'demo' }, addedAt: time, changedAt: time }
    const entries = Array.from({ length: count }, (_, index) => [`merchant-${index}`, profile])
    return updateProfiles({ MHLOOP_CONFIG_DIR: folder() }, () => ({
      version: 1,
      current: null,
      merchants: Object.fromEntries(entries),
    }))
  }

  it('never waits on a pipe that stays open: what is missing is 2, a missing yes is 9', async () => {
    await manyMerchants(1)
    // Their standard input is a pipe that stays open and gets no data.
    const add = await ended(start('merchant', 'add'))
    assert.equal(add.exit, 2)
    assert.match(add.stderr, /Missing: NAME, --environment, --slug/)
    assert.equal((await ended(start('merchant', 'remove', 'merchant-0'))).exit, 9)
  })
  it('writes everything before it ends, however slow the reader', async () => {
    await manyMerchants(3000)
    const child = start('merchant', 'list', '--json')
    const chunks: string[] = []
    child.stdout.setEncoding('utf8')
    // Reads one chunk per turn of the event loop, so that the pipe is full most of the time.
    for await (const chunk of child.stdout) {
      chunks.push(chunk as string)
      await new Promise(setImmediate)
    }
    assert.equal(JSON.parse(chunks.join('')).data.merchants.length, 3000)
  })
  it('is not troubled by a reader that leaves (| head)', async () => {
    await manyMerchants(3000)
    const child = start('merchant', 'list', '--format', 'csv')
    child.stdout.once('data', () => child.stdout.destroy())
    const { exit, signal, stderr } = await ended(child)
    assert.deepEqual({ exit, signal, stderr }, { exit: 0, signal: null, stderr: '' })
  })
})
