import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { untilAborted } from '../../../src/core/concurrency/until-aborted.ts'

describe('waiting until the signal aborts (H32)', () => {
  const never = new Promise<never>(() => undefined)

  it('ends with the work, or throws its error, and leaves no listener on the signal', async () => {
    const { signal } = new AbortController()
    await untilAborted(signal, Promise.resolve('ignored'))
    await assert.rejects(untilAborted(signal, Promise.reject(new Error('no'))), /^Error: no$/)
    assert.deepEqual(getEventListeners(signal, 'abort'), [])
  })

  it('ends with the signal, whether it aborts meanwhile or has aborted before', async () => {
    const controller = new AbortController()
    const waiting = untilAborted(controller.signal, never)
    controller.abort()
    await waiting
    await untilAborted(controller.signal, never)
    assert.deepEqual(getEventListeners(controller.signal, 'abort'), [])
  })
})
