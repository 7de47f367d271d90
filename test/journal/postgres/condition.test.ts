import assert from 'node:assert/strict'
import { conditionOf } from '../../../src/journal/postgres/condition.ts'
import type { Session, Sessions } from '../../../src/journal/postgres/sessions.ts'

/** A pool with one session, in which reading tables fails in this way. */
function sessionsWith(failure: Error) {
  const ends: string[] = []
  const end = (how: string) => void (ends.length === 0 && ends.push(how))
  const session = {
    facts: { server_version: '16.3', transaction_isolation: 'read committed' },
    query: async (text: string) => {
      if (text.startsWith('select count')) throw failure
      return { rows: [{ bytes: '1' }] }
    },
    run: async () => [],
    release: () => end('released'),
    discard: () => end('discarded'),
  } as unknown as Session
  return { ends, sessions: { acquire: async () => session } as unknown as Sessions }
}

describe('the condition of a PostgreSQL journal', () => {
  const failed = (code: string) => Object.assign(new Error('It failed.'), { code })

  it('a check that fails half-way leaves no session inside a failed transaction in the pool', async () => {
    const { ends, sessions } = sessionsWith(failed('55P03'))
    await assert.rejects(conditionOf(sessions, 'postgres://journal', true))
    assert.deepEqual(ends, ['discarded'])
  })

  it('a damaged table is reported, and the session is used again', async () => {
    const { ends, sessions } = sessionsWith(failed('XX001'))
    const { problems } = await conditionOf(sessions, 'postgres://journal', true)
    assert.ok(
      problems.some((problem) => problem.startsWith('The table effects is damaged')),
      problems.join('\n'),
    )
    assert.deepEqual(ends, ['released'])
  })
})
