/**
 * One server in its own process: `ours` is mhloop's receiver on a real journal; `bare` is a plain server, as a script
 * would use, that appends each body to a file and syncs it before it answers. Prints its URL, ends on disconnect.
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { openJournal } from '../src/journal/open-journal.ts'
import { createReceiver } from '../src/receiver/create-receiver.ts'
import type { Endpoint } from '../src/receiver/receiver.ts'

const [kind, folder = '.'] = process.argv.slice(2)
const endpoint: Endpoint = { merchant: 'bench', key: 'k'.repeat(43), loopSecrets: ['loop-secret'], callbackTokens: [] }

async function ours(): Promise<string> {
  const journal = await openJournal(undefined, { dataDir: folder })
  const receiver = await createReceiver({
    endpoints: [endpoint],
    host: '127.0.0.1',
    port: 0,
    tls: null,
    store: (events) => journal.events.storeMany(events),
    wake: () => {},
    now: () => new Date(),
    log: () => {},
  })
  return receiver.url
}

async function bare(): Promise<string> {
  const file = openSync(join(folder, 'bodies.log'), 'a')
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    writeSync(file, `${Buffer.concat(chunks).toString('utf8')}\n`)
    fsyncSync(file)
    response.end('ok')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  process.once('disconnect', () => closeSync(file))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

process.send?.(await (kind === 'ours' ? ours() : bare()))
process.on('disconnect', () => process.exit(0))
