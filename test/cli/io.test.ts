import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { createIo, type OutputStream } from '../../src/cli/io.ts'
import type { Prompter } from '../../src/cli/prompter.ts'
import { secret } from '../../src/merchants/secret.ts'

const nobody = {} as Prompter

function stream(isTTY: boolean, columns?: number): PassThrough & OutputStream {
  return Object.assign(new PassThrough(), { isTTY, ...(columns === undefined ? {} : { columns }) })
}

function ioWith(options: {
  argv?: string[]
  env?: Record<string, string>
  tty?: { stdin?: boolean; stdout?: boolean; stderr?: boolean }
  columns?: number
}) {
  const { stdin = true, stdout = true, stderr = true } = options.tty ?? {}
  return createIo({
    argv: options.argv ?? [],
    env: options.env ?? {},
    stdin: stream(stdin),
    stdout: stream(stdout, options.columns),
    stderr: stream(stderr),
    prompter: nobody,
  })
}

describe('colour is decided per stream', () => {
  const cases: [string, Parameters<typeof ioWith>[0], { stdout: boolean; stderr: boolean }][] = [
    ['on a terminal', {}, { stdout: true, stderr: true }],
    ['stdout in a pipe, stderr on the terminal', { tty: { stdout: false } }, { stdout: false, stderr: true }],
    ['NO_COLOR', { env: { NO_COLOR: '1' } }, { stdout: false, stderr: false }],
    ['an empty NO_COLOR says nothing', { env: { NO_COLOR: '' } }, { stdout: true, stderr: true }],
    [
      'FORCE_COLOR in a pipe',
      { env: { FORCE_COLOR: '1' }, tty: { stdout: false, stderr: false } },
      { stdout: true, stderr: true },
    ],
    ['FORCE_COLOR=0', { env: { FORCE_COLOR: '0' } }, { stdout: false, stderr: false }],
    ['NO_COLOR beats FORCE_COLOR', { env: { FORCE_COLOR: '1', NO_COLOR: '1' } }, { stdout: false, stderr: false }],
    ['TERM=dumb', { env: { TERM: 'dumb' } }, { stdout: false, stderr: false }],
    ['--no-color', { argv: ['--no-color'] }, { stdout: false, stderr: false }],
  ]
  for (const [name, options, expected] of cases) {
    it(name, () => {
      const { stdout, stderr } = ioWith(options)
      assert.deepEqual({ stdout: stdout.colour, stderr: stderr.colour }, expected)
    })
  }
})

describe('a question may be asked only where somebody answers', () => {
  const never: [string, Parameters<typeof ioWith>[0]][] = [
    ['stdin is a pipe', { tty: { stdin: false } }],
    ['stderr is no terminal', { tty: { stderr: false } }],
    ['--no-input', { argv: ['--no-input'] }],
    ['MHLOOP_NO_INPUT', { env: { MHLOOP_NO_INPUT: '1' } }],
    ['CI', { env: { CI: 'true' } }],
    ['--json', { argv: ['--json'] }],
    ['--format json', { argv: ['--format', 'json'] }],
    ['--format=json', { argv: ['--format=json'] }],
  ]
  for (const [name, options] of never) it(`not when: ${name}`, () => assert.equal(ioWith(options).canPrompt, false))
  it('also when stdout is a pipe: questions are drawn on stderr', () => {
    assert.equal(ioWith({ tty: { stdout: false } }).canPrompt, true)
  })
  it('CI=false and MHLOOP_NO_INPUT=0 mean no', () => {
    assert.equal(ioWith({ env: { CI: 'false', MHLOOP_NO_INPUT: '0' } }).canPrompt, true)
  })
})

describe('flags that io reads', () => {
  it('end at --', () => {
    const { json, stdout } = ioWith({ argv: ['--', '--json', '--no-color'] })
    assert.deepEqual({ json, colour: stdout.colour }, { json: false, colour: true })
  })
})

describe('width', () => {
  it("is the terminal's, at least 40; 80 in a pipe", () => {
    assert.equal(ioWith({ columns: 132 }).width, 132)
    assert.equal(ioWith({ columns: 10 }).width, 40)
    assert.equal(ioWith({ columns: 132, tty: { stdout: false } }).width, 80)
  })
})

describe('the last door before a stream', () => {
  it('takes out every secret that the process has held (F58)', () => {
    const stdout = stream(false)
    const io = createIo({ argv: [], env: {}, stdin: stream(false), stdout, stderr: stream(false), prompter: nobody })
    secret('door-canary-3141592')
    io.stdout.write('before door-canary-3141592 after\n')
    assert.equal(String(stdout.read()), 'before [secret] after\n')
  })
  it('goes on quietly when the reader has gone, and flushes all the same', async () => {
    const stdout = stream(false)
    const io = createIo({ argv: [], env: {}, stdin: stream(false), stdout, stderr: stream(false), prompter: nobody })
    assert.equal(io.stdout.gone, false)
    stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    assert.equal(io.stdout.gone, true)
    io.stdout.write('nobody reads this')
    await io.stdout.flush()
    assert.equal(stdout.read(), null)
  })
  it('does not hide any other trouble with the stream', () => {
    const stdout = stream(false)
    createIo({ argv: [], env: {}, stdin: stream(false), stdout, stderr: stream(false), prompter: nobody })
    assert.throws(() => stdout.emit('error', Object.assign(new Error('no space'), { code: 'ENOSPC' })), /no space/)
  })
})
