import assert from 'node:assert/strict'
import { hostname, userInfo } from 'node:os'
import { PassThrough } from 'node:stream'
import { operator } from '../../../src/cli/command/operator.ts'
import { createIo } from '../../../src/cli/io/io.ts'
import { progressLine, startProgress } from '../../../src/cli/io/progress.ts'
import type { Prompter } from '../../../src/cli/io/prompter.ts'

describe('progress', () => {
  it('has a count, a rate and an estimate', () => {
    assert.equal(progressLine('Reading returns', 1200, 4000, 4000), 'Reading returns  1,200 of 4,000  300/s  10 s left')
    assert.equal(progressLine('Resolving', 3, 30, 60_000), 'Resolving  3 of 30  3/min  9 min left')
    assert.equal(progressLine('Reading', 7, undefined, 0), 'Reading  7')
    assert.equal(progressLine('Reading', 30, 30, 1000), 'Reading  30 of 30  30/s')
  })

  function drawn(options: { tty: boolean; argv?: string[]; env?: Record<string, string> }) {
    const stderr = Object.assign(new PassThrough(), { isTTY: options.tty })
    // Far ahead, so that the first tick draws everything that is drawn at all.
    let time = 0
    const io = createIo({
      argv: options.argv ?? [],
      env: options.env ?? {},
      stdin: new PassThrough(),
      stdout: new PassThrough(),
      stderr,
      prompter: {} as Prompter,
      now() {
        time += 5000
        return new Date(time)
      },
    })
    const progress = startProgress(io, 'Reading', 10)
    progress.advance(5)
    return { progress, stderr }
  }

  it('is drawn on a terminal, and its line is cleared when it stops', async () => {
    const { progress, stderr } = drawn({ tty: true })
    const keepAlive = setInterval(() => {}, 1000)
    const first = await new Promise((resolve) => stderr.once('data', resolve))
    clearInterval(keepAlive)
    assert.match(String(first), /Reading {2}5 of 10/)
    progress.stop()
    assert.equal(String(stderr.read()), '\r\u001b[K')
  })
  it('makes room for whatever is printed next, and comes back with the next step only', async () => {
    const { progress, stderr } = drawn({ tty: true })
    const keepAlive = setInterval(() => {}, 1000)
    const drawnAgain = () => new Promise((resolve) => stderr.once('data', resolve))
    await drawnAgain()
    progress.hush()
    assert.equal(String(stderr.read()), '\r\u001b[K')
    progress.restart('Telling Loop')
    progress.advance(1)
    assert.match(String(await drawnAgain()), /Telling Loop {2}1 {2}/)
    clearInterval(keepAlive)
    progress.stop()
  })
  for (const [name, options] of [
    ['in a pipe', { tty: false }],
    ['under --json', { tty: true, argv: ['--json'] }],
    ['in CI', { tty: true, env: { CI: 'true' } }],
  ] as const) {
    it(`keeps no timer and draws nothing ${name}`, () => {
      const before = process.getActiveResourcesInfo().length
      const { progress, stderr } = drawn({ ...options, argv: [...('argv' in options ? options.argv : [])] })
      assert.equal(process.getActiveResourcesInfo().length, before)
      progress.stop()
      assert.equal(stderr.read(), null)
    })
  }
})

describe('the operator', () => {
  it('is user@host, the name that sudo claims beside it, and safe to print', () => {
    assert.match(operator({}), new RegExp(`^.+@${hostname()}$`))
    assert.equal(
      operator({ SUDO_USER: 'maria\u001b[31m' }),
      `${userInfo().username}@${hostname()} (claimed: maria[31m)`,
    )
  })
})
