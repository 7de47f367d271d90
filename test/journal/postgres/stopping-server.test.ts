import assert from 'node:assert/strict'
import { Fault } from '../../../src/core/errors/fault.ts'
import { openSessions } from '../../../src/journal/postgres/sessions.ts'
import { startStoppingServer } from '../../postgres/stopping-server.ts'

describe('a PostgreSQL that stops in the moment in which it accepts a connection', () => {
  let server: Awaited<ReturnType<typeof startStoppingServer>>
  beforeEach(async () => {
    server = await startStoppingServer()
  })
  afterEach(() => server.close())

  const open = () => openSessions(server.location, () => undefined, { answer: 5_000, outage: 0 })
  const unreachable = (error: unknown) => error instanceof Fault && error.code === 'JOURNAL_UNREACHABLE'

  it('F9 is a journal that cannot be reached, and never the end of the process', async () => {
    const sessions = await open()
    await assert.rejects(sessions.acquire(), unreachable)
    await sessions.close()
  })

  it('F9 is a line for messages that breaks, and never the end of the process', async () => {
    const sessions = await open()
    const client = await sessions.connect().catch(() => null)
    await client?.end()
    await sessions.close()
  })
})
