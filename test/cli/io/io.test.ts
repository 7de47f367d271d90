import assert from 'node:assert/strict'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileOutput } from '../../../src/cli/io/file-output.ts'
import { createIo, type OutputStream } from '../../../src/cli/io/io.ts'
import { createLog } from '../../../src/cli/io/log.ts'
import type { Prompter } from '../../../src/cli/io/prompter.ts'
import { secret } from '../../../src/merchants/secrets/secret.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

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
    ['CLICOLOR=0', { env: { CLICOLOR: '0' } }, { stdout: false, stderr: false }],
    ['CLICOLOR=1 on a terminal', { env: { CLICOLOR: '1' } }, { stdout: true, stderr: true }],
    [
      'CLICOLOR_FORCE in a pipe',
      { env: { CLICOLOR_FORCE: '1', CLICOLOR: '0' }, tty: { stdout: false } },
      { stdout: true, stderr: true },
    ],
    [
      'CLICOLOR_FORCE=0 says nothing',
      { env: { CLICOLOR_FORCE: '0' }, tty: { stdout: false } },
      { stdout: false, stderr: true },
    ],
    [
      'NO_COLOR beats CLICOLOR_FORCE',
      { env: { CLICOLOR_FORCE: '1', NO_COLOR: '1' } },
      { stdout: false, stderr: false },
    ],
    [
      'FORCE_COLOR=0 beats CLICOLOR_FORCE',
      { env: { CLICOLOR_FORCE: '1', FORCE_COLOR: '0' } },
      { stdout: false, stderr: false },
    ],
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

describe('a question may be asked only where it can be answered', () => {
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

describe('the last filter before a stream', () => {
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
  it('H19: remembers that something could not be written, and why; the work goes on', async () => {
    for (const event of ['error', 'lost']) {
      const stdout = stream(false)
      const io = createIo({ argv: [], env: {}, stdin: stream(false), stdout, stderr: stream(false), prompter: nobody })
      assert.deepEqual([io.stdout.failure, io.stdout.lost], [null, 0])
      stdout.emit(event, Object.assign(new Error('no space'), { code: 'ENOSPC' }))
      assert.deepEqual([io.stdout.failure, io.stdout.lost, io.stdout.gone], ['ENOSPC', 1, true])
      await io.stdout.flush()
    }
  })
  it('H19: a terminal that was closed is a reader that has left; of a file, the same error is a broken disk', () => {
    for (const [isTTY, failure] of [
      [true, null],
      [false, 'EIO'],
    ] as const) {
      const stdout = stream(isTTY)
      const io = createIo({ argv: [], env: {}, stdin: stream(false), stdout, stderr: stream(false), prompter: nobody })
      stdout.emit('error', Object.assign(new Error('write EIO'), { code: 'EIO' }))
      assert.deepEqual([io.stdout.failure, io.stdout.gone], [failure, true])
    }
  })
})

describe('an output that is a file', () => {
  const folder = temporaryFolder()

  it('H19: is written whole, also what the system takes in parts only', async () => {
    const path = join(folder(), 'out')
    const fd = openSync(path, 'w')
    const output = fileOutput(fd)
    const long = 'ü'.repeat(200_000)
    await new Promise((resolve) => output.write(long, resolve))
    closeSync(fd)
    assert.equal(readFileSync(path, 'utf8'), long)
  })

  it('H18: loses what a full disk does not take, counts it, and writes on when there is room again', async () => {
    const path = join(folder(), 'log')
    const fd = openSync(path, 'w')
    const output = Object.assign(fileOutput(fd), { isTTY: false })
    const io = createIo({
      argv: [],
      env: {},
      stdin: stream(false),
      stdout: stream(false),
      stderr: output,
      prompter: nobody,
    })
    const log = createLog(io)
    log({ level: 'info', event: 'first' })
    // For any reason: writing to a file that was opened only for reading fails each time.
    const blocked = openSync(path, 'r')
    const write = output._write
    output._write = fileOutput(blocked)._write.bind(output)
    log({ level: 'info', event: 'second' })
    log({ level: 'info', event: 'third' })
    assert.deepEqual([io.stderr.lost > 0, io.stderr.failure], [true, 'EBADF'])
    output._write = write
    log({ level: 'info', event: 'fourth' })
    closeSync(fd)
    closeSync(blocked)
    const lines = readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      lines.map(({ event }) => event),
      ['first', 'log.lost', 'fourth'],
    )
    assert.equal(lines[1].detail, '2 earlier lines could not be written (EBADF)')
  })
})
