/** A return whose shopper's data was forgotten, and that a person reopens in Loop afterwards (F64). */
import assert from 'node:assert/strict'
import { acceptance, codesOf, hour, minute } from './harness.ts'

describe('acceptance: a return that was forgotten (F64)', () => {
  const open = acceptance()

  it('F64, F20 its flag still counts: a person who reopens the return is not answered by a second one', async () => {
    const at = await open()
    const id = at.file()
    await at.sync()
    at.pass(hour)
    at.receive(id, { lines: [] })
    await at.resolve('ready', { wait: minute, note: 'Ann Example called.' })
    const now = at.clock.now().toISOString()
    const forgotten = await at.journal.forget({ before: null, returnIds: [id], at: now, actor: 'ann', dryRun: false })
    assert.deepEqual([forgotten.returns, forgotten.kept], [1, []])
    assert.doesNotMatch(JSON.stringify(await at.effects(id, 'flag')), /Ann Example|missing/)
    at.sandbox.loop.reopen(id)
    at.pass(hour)
    const [resolved] = await at.resolve(id)
    assert.deepEqual([resolved?.action, codesOf(resolved)[0]], ['none', 'FLAGGED_BEFORE'])
    assert.deepEqual([at.requests('loop', 'POST', '/flag').length, at.notes(id).length], [1, 1])
  })
})
