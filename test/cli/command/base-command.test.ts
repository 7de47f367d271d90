import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { MhloopCommand, type Result } from '../../../src/cli/command/base-command.ts'
import { formatFlag, yesFlag } from '../../../src/cli/input/flags.ts'
import { readSource } from '../../../src/cli/input/read-source.ts'
import { listing } from '../../../src/cli/output/listing.ts'
import { exitCodes, Fault } from '../../../src/core/errors/fault.ts'
import { secret } from '../../../src/merchants/secrets/secret.ts'
import { type RunOptions, runClass } from '../../run.ts'

type Body = (command: Case) => Promise<Result>
let body: Body = async () => ({ data: null })

class Case extends MhloopCommand<typeof Case> {
  static override args = { first: Args.string() }
  static override strict = false
  static override flags = {
    ...yesFlag,
    ...formatFlag,
    size: Flags.integer({ env: 'MHLOOP_TEST_SIZE', min: 1 }),
    only: Flags.string({ multiple: true, env: 'MHLOOP_TEST_ONLY', options: ['a', 'b'], delimiter: ',' }),
  }
  perform(): Promise<Result> {
    return body(this)
  }
  override get signal() {
    return super.signal
  }
  readonly input = () => ({ flags: this.flags, args: this.args, rest: this.rest })
  readonly ask = (names: string[]) =>
    this.inputs(
      Object.fromEntries(names.map((name) => [name, { value: undefined, missing: `--${name}`, message: name }])),
    )
  readonly asking = (options: { yes: boolean; typed?: string }) => this.confirm('Do it?', options)
  readonly saying = (text: string) => this.say(text)
  readonly displaying = (text: string) => this.display((page) => page.line(text))
  readonly progressing = (label: string) => this.progress(label)
  readonly closing = (close: () => unknown) => this.defer(close)
}

function run(words: string[], then: Body, options?: RunOptions) {
  body = then
  return runClass(Case, words, options)
}
const fault = (exit: 4 | 6 | 7 | 8) =>
  new Fault('It was refused.', {
    like: { code: 'LOOP_REJECTED', exit, blame: 'loop' },
    hint: 'mhloop doctor',
    requestId: 'r-1',
  })

describe('results', () => {
  it('are one JSON document with schema, merchant, data and warnings', async () => {
    const { stdout, stderr, exit, json } = await run(['--json'], async () => ({
      data: { a: 1 },
      merchant: 'acme',
      warnings: ['mind'],
      view: (page) => page.line('not this'),
    }))
    assert.deepEqual(json(), { schema: 'mhloop/test.case@1', merchant: 'acme', data: { a: 1 }, warnings: ['mind'] })
    assert.deepEqual({ stderr, exit, lines: stdout.endsWith('}\n') }, { stderr: '', exit: 0, lines: true })
  })
  for (const data of [0, '', false, null, undefined, []]) {
    it(`are reported under --json also when the data is ${JSON.stringify(data)} (oclif trap 2)`, async () => {
      assert.deepEqual((await run(['--json'], async () => ({ data }))).json().data, data ?? null)
    })
  }
  it('keep their exit code in both modes', async () => {
    for (const words of [[], ['--json']]) {
      assert.equal((await run(words, async () => ({ data: {}, exit: exitCodes.findings }))).exit, 3)
    }
  })
  it('are lists in the wanted format; warnings never mix into stdout', async () => {
    const list: Body = async () => ({
      data: [{ id: '1' }],
      warnings: ['two were left out'],
      listing: listing({
        columns: [{ key: 'id', title: 'Id', value: ({ id }) => id }],
        rows: [{ id: '1' }],
        empty: 'none',
      }),
    })
    assert.equal((await run([], list)).stdout, 'id\n1\n')
    assert.equal((await run([], list, { tty: true })).stdout, 'Id\n1\n')
    assert.equal((await run(['--format', 'csv'], list)).stdout, '"id"\r\n"1"\r\n')
    assert.equal((await run(['--format', 'ndjson'], list)).stdout, '{"id":"1"}\n')
    assert.equal((await run(['--format', 'json'], list)).json().data[0].id, '1')
    assert.equal((await run(['--format', 'csv'], list)).stderr, 'Warning: two were left out\n')
  })
})

describe('failures', () => {
  for (const exit of [4, 6, 7, 8] as const) {
    it(`exit ${exit} in both modes (oclif trap 1)`, async () => {
      const failing: Body = async () => {
        throw fault(exit)
      }
      const human = await run([], failing)
      const machine = await run(['--json'], failing)
      assert.deepEqual([human.exit, machine.exit, machine.json().error.exit], [exit, exit, exit])
      assert.equal(human.stdout, '')
      assert.equal(human.stderr, 'Error: It was refused.\n  Next: mhloop doctor\n  LOOP_REJECTED · request r-1\n')
      assert.equal(machine.json().error.code, 'LOOP_REJECTED')
    })
  }
  const leaky = Object.assign(new Error('failed with X-Authorization: leak-canary-123456'), {
    options: { headers: { authorization: 'leak-canary-123456' } },
  })
  for (const words of [[], ['--json'], ['--verbose'], ['--json', '--verbose']]) {
    it(`of ours tell nothing of a foreign error's text or fields: ${words.join(' ') || 'plain'} (oclif trap 3, F58)`, async () => {
      const { stdout, stderr, exit } = await run(words, async () => {
        throw leaky
      })
      assert.equal(exit, exitCodes.ours)
      assert.doesNotMatch(stdout + stderr, /canary|authorization/i)
      assert.match(stdout + stderr, /INTERNAL/)
      assert.equal(/base-command\.test/.test(stderr), words.includes('--verbose'))
    })
  }
  it('name mhloop explain where there is no next command, unless what was typed is wrong; not in JSON', async () => {
    const bare = () => Promise.reject(new Fault('It was refused.', { code: 'LOOP_REJECTED' }))
    assert.match((await run([], bare)).stderr, /^ {2}Next: mhloop explain LOOP_REJECTED$/m)
    assert.equal((await run(['--json'], bare)).json().error.hint, null)
    const typed = () => Promise.reject(new Fault('Two ids are one too many.', { code: 'USAGE' }))
    assert.doesNotMatch((await run([], typed)).stderr, /Next/)
  })
  it('never show a secret, even one that got into a sentence', async () => {
    secret('sentence-canary-271828')
    const { stdout, stderr } = await run(['--verbose'], async () => {
      throw new Fault('key sentence-canary-271828 refused', { code: 'LOOP_UNAUTHORIZED' })
    })
    assert.doesNotMatch(stdout + stderr, /canary/)
  })
  it('of the machine name the file and the reason', async () => {
    const { stderr, exit } = await run([], async () => ({ data: await readFile('/no/such/file') }))
    assert.match(stderr, /"open" on \/no\/such\/file: ENOENT/)
    assert.equal(exit, 1)
  })
  it('of an input file that was named wrongly are wrong usage', async () => {
    for (const [path, why] of [
      ['/no/such/file', 'it does not exist'],
      ['/', 'it is a folder'],
      [`/${'x'.repeat(5000)}`, 'its name is too long'],
    ] as const) {
      const { stderr, exit } = await run([], async ({ io, signal }) => ({ data: await readSource(io, path, signal) }))
      assert.match(stderr, new RegExp(`can't be read: ${why}`))
      assert.equal(exit, 2)
    }
  })
  it('come after everything was closed, last opened first', async () => {
    const closed: string[] = []
    await run([], async ({ closing }) => {
      closing(() => closed.push('first'))
      closing(async () => closed.push('second'))
      throw fault(7)
    })
    assert.deepEqual(closed, ['second', 'first'])
  })
  it('of closing change a clean exit, and never print a second document', async () => {
    const { exit, json, stderr } = await run(['--json'], async ({ closing }) => {
      closing(() => {
        throw new Error('stuck')
      })
      return { data: 1 }
    })
    assert.deepEqual([exit, json().data], [1, 1])
    assert.match(stderr, /Warning/)
  })
})

describe('usage', () => {
  const never: Body = async () => assert.fail('ran')
  const cases: [string, string[], RegExp][] = [
    ['unknown flag, with the nearest', ['--siez', '3'], /Unknown flag --siez\. Did you mean "--size"\?/],
    ['every unknown flag at once', ['--sizes', '--zzz'], /--sizes.*--zzz/],
    ['a value that is none of the options', ['--format', 'xml'], /--format=xml.*table, csv/],
    ['a flag without its value', ['--size'], /--size expects a value/],
    ['a value that can not be read', ['--size', 'big'], /--size/],
  ]
  for (const [name, words, message] of cases) {
    it(`${name}: exit 2 in both modes`, async () => {
      const human = await run(words, never)
      const machine = await run([...words, '--json'], never)
      assert.deepEqual([human.exit, machine.exit, machine.json().error.exit], [2, 2, 2])
      assert.match(human.stderr, message)
      assert.match(machine.json().error.message, message)
    })
  }
  it('never repeats what follows an unknown flag: it may be a secret (F59)', async () => {
    for (const words of [['--api-key=usage-canary'], ['--api-key', 'usage-canary'], ['-kusage-canary']]) {
      const { stdout, stderr, exit } = await run([...words, '--json'], never)
      assert.equal(exit, 2)
      assert.doesNotMatch(stdout + stderr, /canary/)
    }
  })
  it('takes flags from their environment variables, flag before variable', async () => {
    const seen = async (words: string[]) => {
      const flags: Record<string, unknown> = {}
      await run(words, async ({ input }) => ({ data: Object.assign(flags, input().flags) }), {
        env: { MHLOOP_TEST_SIZE: '7', MHLOOP_TEST_ONLY: 'a,b' },
      })
      return [flags.size, flags.only]
    }
    assert.deepEqual(await seen([]), [7, ['a', 'b']])
    assert.deepEqual(await seen(['--size', '9', '--only', 'b']), [9, ['b']])
  })
  it('checks a variable like its flag', async () => {
    const { exit, stderr } = await run([], never, { env: { MHLOOP_TEST_ONLY: 'c' } })
    assert.equal(exit, 2)
    assert.match(stderr, /MHLOOP_TEST_ONLY/)
  })
  it('keeps repeated words in their places', async () => {
    const { json } = await run(['a', '20', 'b', '20', '--json'], async ({ input }) => ({ data: input().rest }))
    assert.deepEqual(json().data, ['a', '20', 'b', '20'])
  })
  it('does not take a missing argument from piped input', async () => {
    const { json } = await run(['--json'], async ({ input }) => ({ data: input().args.first ?? null }), {
      stdin: 'piped',
    })
    assert.equal(json().data, null)
  })
})

describe('questions', () => {
  it('name everything missing at once where no question can be asked, exit 2', async () => {
    const { exit, stderr } = await run([], async ({ ask }) => ({ data: await ask(['one', 'two']) }))
    assert.equal(exit, 2)
    assert.match(stderr, /Missing: --one, --two\./)
  })
  it('are asked in order on a terminal', async () => {
    let answers: unknown
    await run(
      [],
      async ({ ask }) => {
        answers = await ask(['one', 'two'])
        return { data: null }
      },
      { tty: true, answers: ['1', '2'] },
    )
    assert.deepEqual(answers, { one: '1', two: '2' })
  })
  for (const [name, print] of [
    ['a question', ({ ask }: Case) => ask(['one'])],
    ['a confirmation', ({ asking }: Case) => asking({ yes: false })],
    ['a line', ({ saying }: Case) => saying('Something.')],
    ['a page', ({ displaying }: Case) => displaying('Something.')],
  ] as const) {
    it(`${name} is not drawn over by progress`, async () => {
      let time = 0
      const now = () => {
        time += 5000
        return new Date(time)
      }
      const written: string[] = []
      let before = 0
      const { exit } = await run(
        [],
        async (command) => {
          command.io.stderr.write = (text) => void written.push(text)
          command.progressing('Reading')
          while (!written.join('').includes('Reading')) await new Promise((resolve) => setTimeout(resolve, 10))
          before = written.length
          await print(command)
          return { data: null }
        },
        { tty: true, answers: [true], now },
      )
      assert.equal(exit, 0)
      assert.equal(written[before], '\r\u001b[K')
      assert.ok(!written.slice(before).some((text) => text.includes('Reading')))
    })
  }
  it('a confirmation that can not be asked ends with 9, and names --yes', async () => {
    const { exit, json } = await run(['--json'], async ({ asking }) => ({ data: await asking({ yes: false }) }), {
      tty: true,
    })
    assert.equal(exit, 9)
    assert.match(json().error.hint ?? '', /--yes/)
  })
  it('no is 9, yes goes on, --yes is not asked', async () => {
    const confirming: Body = async ({ asking, input }) => ({ data: await asking({ yes: input().flags.yes }) })
    assert.equal((await run([], confirming, { tty: true, answers: [false] })).exit, 9)
    assert.equal((await run([], confirming, { tty: true, answers: [true] })).exit, 0)
    assert.equal((await run(['--yes'], confirming)).exit, 0)
  })
  it('a severe one wants the name in full (F66)', async () => {
    const confirming: Body = async ({ asking }) => ({ data: await asking({ yes: false, typed: 'acme.shop' }) })
    assert.equal((await run([], confirming, { tty: true, answers: ['acme'] })).exit, 9)
    assert.equal((await run([], confirming, { tty: true, answers: ['yes'] })).exit, 9)
    assert.equal((await run([], confirming, { tty: true, answers: ['acme.shop'] })).exit, 0)
  })
  it('standard input is refused when it is a terminal', async () => {
    const { exit } = await run([], async ({ io, signal }) => ({ data: await readSource(io, '-', signal) }), {
      tty: true,
    })
    assert.equal(exit, 2)
  })
})

describe('interruption', () => {
  /** Interrupts a command whose work waits for the signal, once the work runs. */
  async function interrupted(after: () => Promise<Result>) {
    const begun = Promise.withResolvers<void>()
    const waiting: Body = async ({ signal }) => {
      const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve))
      begun.resolve()
      await aborted
      return after()
    }
    return run([], waiting, { interruptAfter: begun.promise })
  }
  const failing = (exit: 7 | 8) => async () => {
    throw fault(exit)
  }
  it('lets the command finish what it does, and exits 130', async () => {
    const { exit, stderr } = await interrupted(async () => ({ data: 'recorded' }))
    assert.equal(exit, 130)
    assert.match(stderr, /Finishing the request in flight/)
  })
  it('is 130 also when the vendor call it cut off failed, but a doubt stays a doubt', async () => {
    assert.equal((await interrupted(failing(7))).exit, 130)
    assert.equal((await interrupted(failing(8))).exit, 8)
  })
  it('leaves the exit to a command that ends orderly by it', async () => {
    assert.equal((await interrupted(async () => ({ data: 'stopped', exit: exitCodes.done }))).exit, 0)
  })
  it('before the command began lets it not begin', async () => {
    assert.equal((await run([], async () => assert.fail('began'), { interruptAfter: Promise.resolve() })).exit, 130)
  })
})
