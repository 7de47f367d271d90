import { setTimeout as sleep } from 'node:timers/promises'
import type { Sessions } from './sessions.ts'

/** Channels belong to a database, which several journals may share. */
export function channelOf(schema: string): string {
  return `mhloop ${schema}`.slice(0, 63)
}

/** Milliseconds between two checks of the listening connection: nothing else would show that it is gone. */
const heartbeat = 15_000

/**
 * Calls back for what is announced on a channel, until the signal aborts. A broken connection is made again, followed
 * by a call with null: announcements may have been missed, so check everything.
 */
export async function listenTo(
  sessions: Sessions,
  channel: string,
  heard: (merchant: string | null) => void,
  signal: AbortSignal,
): Promise<void> {
  const connect = async () => {
    const client = await sessions.connect()
    client.on('notification', ({ payload }) => heard(payload ?? null))
    try {
      await client.query(`listen ${client.escapeIdentifier(channel)}`)
    } catch (error) {
      void client.end().catch(() => undefined)
      throw error
    }
    return client
  }
  const watch = async (first: Listener | null) => {
    let client = first
    while (!signal.aborted) {
      if (client !== null) await untilItBreaks(client, signal)
      client = signal.aborted ? null : await again(connect, signal)
      if (client !== null) heard(null)
    }
  }
  // If it can't connect, serve still checks the inbox every second.
  void watch(await connect().catch(() => null))
}

async function untilItBreaks(client: Listener, signal: AbortSignal): Promise<void> {
  const broken = new Promise<void>((resolve) => void client.once('end', resolve))
  await Promise.race([broken, livesAsLongAsItAnswers(client, signal)])
  void client.end().catch(() => undefined)
}

type Listener = Awaited<ReturnType<Sessions['connect']>>

/** Resolves when the server no longer answers, or the signal aborts. */
async function livesAsLongAsItAnswers(client: Listener, signal: AbortSignal): Promise<void> {
  while (await delay(heartbeat, signal)) {
    const answered = client.query('select 1').then(
      () => true,
      () => false,
    )
    if (!(await Promise.race([answered, sleep(5_000, false, { ref: false })]))) return
  }
}

async function again(connect: () => Promise<Listener>, signal: AbortSignal): Promise<Listener | null> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      return await connect()
    } catch {
      if (!(await delay(Math.min(5_000, 100 * 2 ** Math.min(attempt, 10)), signal))) return null
    }
  }
  return null
}

/** false when the signal aborted meanwhile. Its timer keeps no process alive. */
async function delay(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return await sleep(milliseconds, true, { signal, ref: false }).catch(() => false)
}
