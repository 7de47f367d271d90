import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { exitCodes, Fault } from '../../src/core/errors/fault.ts'
import { createFaults, faultTable, parseFault } from '../../src/sandbox/fault-injection.ts'
import { createRandom } from '../../src/sandbox/random.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { manualClock, realClock } from '../../src/sandbox/time/clock.ts'

describe('sandbox clock', () => {
  it('runs what falls due in order, each at its own moment, and what that work plans', () => {
    const clock = manualClock(new Date(0))
    const ran: string[] = []
    const note = (name: string) => () => ran.push(`${name}@${clock.now().getTime()}`)
    clock.after(30, note('c'))
    clock.after(10, note('a'))
    clock.after(10, note('b'))
    clock.after(20, () => clock.after(5, note('nested')))
    clock.after(31, note('later'))
    assert.equal(clock.advance(30), 5)
    assert.deepEqual(ran, ['a@10', 'b@10', 'nested@25', 'c@30'])
    assert.equal(clock.now().getTime(), 30)
    assert.equal(clock.pending, 1)
    clock.stop()
    assert.equal(clock.advance(100), 0)
  })

  it('keeps the order of a long random agenda', () => {
    const clock = manualClock(new Date(0))
    const random = createRandom(3)
    const ran: number[] = []
    for (let i = 0; i < 2_000; i += 1) clock.after(random.below(500), () => ran.push(clock.now().getTime()))
    clock.advance(500)
    assert.equal(ran.length, 2_000)
    assert.deepEqual(
      ran,
      [...ran].sort((left, right) => left - right),
    )
  })

  it('on the real clock runs short work, holds 28 days without firing, and forgets all when stopped', async () => {
    const clock = realClock()
    const ran: string[] = []
    clock.after(28 * 86_400_000, () => ran.push('expired'))
    await new Promise<void>((resolve) => {
      const hold = setInterval(() => undefined, 1_000)
      clock.after(1, () => {
        ran.push('first')
        clock.after(1, () => {
          ran.push('second')
          clearInterval(hold)
          resolve()
        })
      })
    })
    assert.deepEqual(ran, ['first', 'second'])
    assert.equal(clock.pending, 1)
    clock.stop()
    assert.equal(clock.pending, 0)
  })
})

describe('sandbox random numbers', () => {
  it('give the same numbers for the same seed, within their limit', () => {
    const numbers = (seed: number) => Array.from({ length: 100 }, createRandom(seed).next)
    assert.deepEqual(numbers(5), numbers(5))
    assert.notDeepEqual(numbers(5), numbers(6))
    const random = createRandom(1)
    for (let i = 0; i < 1_000; i += 1) assert.ok(random.below(6) < 6)
    assert.equal(random.chance(0), false)
    assert.equal(random.chance(1), true)
  })
})

describe('sandbox faults', () => {
  it('are described, and begin at their initial values', () => {
    const faults = createFaults()
    assert.ok(faultTable.length > 40)
    for (const fault of faultTable) {
      assert.match(fault.name, /^(loop|masonhub)\.[a-z0-9-]+$/)
      assert.notEqual(fault.about, '')
      assert.equal(faults.get(fault.name), fault.initial)
    }
  })

  it('are read from name=value', () => {
    assert.deepEqual(parseFault('loop.process-fails=0.25'), { name: 'loop.process-fails', value: 0.25 })
    for (const wrong of ['loop.down', '=1', 'loop.down=', 'loop.down=yes', 'loop.down=-1', 'loop.down=Infinity']) {
      assert.throws(
        () => parseFault(wrong),
        (error) => error instanceof Fault && error.exit === exitCodes.usage,
        wrong,
      )
    }
  })

  it('suggest the nearest name for an unknown one', () => {
    assert.throws(() => parseFault('loop.proces-fails=1'), /Did you mean loop\.process-fails\?/)
    assert.throws(() => createFaults({ 'process-fails': 1 }), /Did you mean loop\.process-fails\?/)
    assert.throws(
      () => parseFault('weather=1'),
      (error) => error instanceof Fault && !error.message.includes('mean'),
    )
    for (const inherited of ['toString', '__proto__']) assert.throws(() => parseFault(`${inherited}=1`), Fault)
  })
})

describe('sandbox server', () => {
  it('listens on loopback only, on a free port, and stops', async () => {
    const sandbox = await startSandbox()
    assert.match(sandbox.url, /^http:\/\/127\.0\.0\.1:\d+$/)
    assert.equal(sandbox.loopBaseUrl, `${sandbox.url}/api/2026-10`)
    assert.equal(sandbox.masonhubBaseUrl, `${sandbox.url}/demo/api/v1`)
    await sandbox.stop()
    await assert.rejects(fetch(sandbox.loopBaseUrl))
  })

  it('says so when the port is taken', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    await assert.rejects(
      startSandbox({ port }),
      (error) => error instanceof Fault && error.code === 'SANDBOX_PORT_UNAVAILABLE' && error.exit === exitCodes.usage,
    )
    await new Promise((resolve) => server.close(resolve))
  })

  it('refuses to start with an unknown fault', async () => {
    await assert.rejects(startSandbox({ faults: { 'loop.dwon': 1 } }), /Did you mean loop\.down\?/)
  })
})
