import assert from 'node:assert/strict'
import { Fault } from '../../../src/core/errors/fault.ts'
import { untilUnlocked } from '../../../src/usecases/serve/until-unlocked.ts'

describe('serve and the lock on the profiles (G5)', () => {
  const locked = () => new Fault('Another mhloop holds the lock.', { code: 'CONFIG_LOCKED', hint: 'Try again.' })
  const waiting = (signal = new AbortController().signal) => {
    const events: string[] = []
    return {
      events,
      options: { signal, log: ({ event }: { event: string }) => events.push(event), wait: async () => {} },
    }
  }

  it('G5 waits until the lock is free, and says so once', async () => {
    const { events, options } = waiting()
    let tries = 0
    const work = async () => {
      tries += 1
      if (tries < 4) throw locked()
      return 'bound'
    }
    assert.equal(await untilUnlocked(work, options), 'bound')
    assert.deepEqual([tries, events], [4, ['waiting for the lock on the profiles']])
  })

  it('G5 passes on every other fault, and ends when it is stopped', async () => {
    const { options } = waiting()
    const other = async () => {
      throw new Fault('Another journal.', { code: 'JOURNAL_OTHER', hint: '' })
    }
    await assert.rejects(untilUnlocked(other, options), { code: 'JOURNAL_OTHER' })
    const stopping = new AbortController()
    const stopped = async () => {
      stopping.abort()
      throw locked()
    }
    await assert.rejects(untilUnlocked(stopped, waiting(stopping.signal).options), { code: 'CONFIG_LOCKED' })
  })
})
