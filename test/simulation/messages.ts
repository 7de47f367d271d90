/** Webhooks and callbacks on their way to our endpoint (C3): lost, duplicated, late, out of order, forged. */
import { createHmac } from 'node:crypto'
import type { NewEvent } from '../../src/journal/journal.ts'
import { readLoopEvent } from '../../src/receiver/messages/read-loop-event.ts'
import { readMasonHubEvents } from '../../src/receiver/messages/read-masonhub-event.ts'
import { isRefusedUnread, type Source, type Taken, takeMessage } from '../../src/receiver/messages/take-message.ts'
import { createQuarantineQuota } from '../../src/receiver/messages/unreadable-messages.ts'
import type { Endpoint } from '../../src/receiver/receiver.ts'
import type { Loop } from './loop.ts'
import type { MasonHub } from './masonhub.ts'
import { callbackOf } from './masonhub-wire.ts'
import type { InstallationPlan } from './several.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { World } from './world.ts'

/** A process with a receiver. */
export type Listener = {
  simulated: SimulatedProcess
  store(events: readonly NewEvent[]): Promise<readonly boolean[]>
  wake(): void
  /** Every event that any process with this journal has acknowledged. */
  acknowledged: Acknowledged[]
}

type Message = {
  source: Source
  raw: Buffer
  headers: Record<string, string>
  address: Address
  returnId: string
  tries: number
  genuine: boolean
}

export function endpointOf({ merchant, place }: Pick<InstallationPlan, 'merchant' | 'place'>): Endpoint {
  return {
    merchant,
    key: `a-door-that-nobody-can-guess-0123456789-${place}`,
    loopSecrets: [`webhook-secret-${place}`],
    callbackTokens: [`callback-token-${place}`],
  }
}

export type Acknowledged = { merchant: string; source: Source; digest: string; at: number }
export type Messages = {
  readonly counts: { sent: number; acknowledged: number; refused: number }
}

const minute = 60_000

/** An address to which a vendor sends its messages, and the processes that listen there now. */
export type Address = { listeners(): readonly Listener[]; endpoint(): Endpoint }

/** Registers with both vendors: each message goes to every address. */
export function createMessages(
  world: World,
  loop: Loop,
  masonhub: MasonHub,
  addresses: () => readonly Address[],
): Messages {
  const random = world.random('messages')
  const counts = { sent: 0, acknowledged: 0, refused: 0 }
  const quota = createQuarantineQuota(1_000_000)
  let number = 0

  function send(message: Message): void {
    if (message.tries === 0) counts.sent += 1
    const { returnId } = message
    const retry = (after: number) => {
      if (message.tries < 4) world.at(world.now() + after, () => send({ ...message, tries: message.tries + 1 }))
    }
    if (world.hits('message lost', [returnId])) return
    const copies = world.hits('message duplicated', [returnId]) ? random.between(2, 4) : 1
    for (let copy = 0; copy < copies; copy += 1) {
      const delay = world.hits('message late', [returnId]) ? random.between(1, 90) * minute : random.delay(400, 30_000)
      world.at(world.now() + delay, () => arrive(message, copy === 0 ? retry : () => undefined))
    }
  }

  /** As src/receiver does: the sender is verified first, and only a committed event is acknowledged (F26). */
  function arrive(message: Message, retry: (after: number) => void): void {
    const { address } = message
    const endpoint = address.endpoint()
    const open = address.listeners().filter(({ simulated }) => simulated.alive)
    const listener = open[random.below(open.length)]
    if (listener === undefined) {
      retry(random.between(1, 15) * minute)
      return
    }
    const { source, raw, headers } = message
    if (isRefusedUnread(source, endpoint, headers)) {
      onTaken(message, listener, 'refused', retry)
      return
    }
    const commit = {
      add: async (events: readonly NewEvent[]) => {
        try {
          return { stored: true as const, isNew: await listener.store(events) }
        } catch {
          return { stored: false as const, because: 'failed' as const }
        }
      },
    }
    const tally = { add: () => undefined, counts: () => [] }
    const now = () => new Date(listener.simulated.now())
    // Lets it run to its first step.
    world.resume(world.now(), () => {
      void takeMessage(
        { source, endpoint, headers, raw },
        { commit, quota, tally, renewed: async () => endpoint, wake: listener.wake, now },
      ).then((taken) => onTaken(message, listener, taken, retry))
    })
  }

  function onTaken(
    message: Message,
    { simulated, acknowledged }: Listener,
    taken: Taken,
    retry: (after: number) => void,
  ): void {
    const { source, raw, returnId, genuine, address } = message
    if (!simulated.alive) {
      retry(minute)
      return
    }
    if (taken === 'refused') {
      counts.refused += 1
      // After a 401 the message may never come again (F28), so our endpoint must not have answered that.
      if (genuine) world.violation(`a genuine message of ${returnId} was refused`)
      return
    }
    if (!genuine) world.violation(`a forged message of ${returnId} was taken`)
    if (taken === 'unavailable') {
      retry(random.between(1, 10) * minute)
      return
    }
    counts.acknowledged += 1
    const read = source === 'loop' ? readLoopEvent : readMasonHubEvents
    const { merchant } = address.endpoint()
    for (const { digest } of read(merchant, raw, new Date(world.now()).toISOString()))
      acknowledged.push({ merchant, source, digest, at: world.now() })
    if (world.hits('acknowledgement lost', [returnId])) retry(random.between(1, 20) * 1000)
  }

  function post(source: Source, body: unknown, returnId: string, genuine = true): void {
    // As PHP writes it: the signed bytes differ from what a parser would write again (loop.md §7.3).
    const text = source === 'loop' ? JSON.stringify(body).replaceAll('/', '\\/') : JSON.stringify(body)
    const raw = Buffer.from(text)
    for (const address of addresses()) {
      const { loopSecrets, callbackTokens } = address.endpoint()
      const [secret = '', token = ''] = genuine ? [loopSecrets[0], callbackTokens[0]] : ['guessed', 'guessed']
      const headers: Record<string, string> =
        source === 'loop'
          ? { 'x-loop-signature': createHmac('sha256', secret).update(raw).digest('base64') }
          : { authorization: `Bearer ${token}` }
      send({ source, raw, headers, address, returnId, tries: 0, genuine })
    }
  }

  loop.onMessage(({ topic, trigger, record }) => {
    const id =
      topic === 'return.processing'
        ? { return_id: Number(record.returnId) }
        : { id: random.chance(0.5) ? record.returnId : Number(record.returnId) }
    const state = record.versions.at(-1)?.state
    number += 1
    post(
      'loop',
      {
        topic,
        trigger,
        shop_id: 1,
        ...id,
        state,
        status_page_url: 'https://returns.example.com/#/1',
        message: `${number}`,
      },
      record.returnId,
    )
    if (world.hits('forged message', [record.returnId]))
      post(
        'loop',
        { topic: 'return', trigger: 'return.closed', id: record.returnId, n: number },
        record.returnId,
        false,
      )
  })
  masonhub.onMessage(({ event, rma, at }) => {
    number += 1
    const identifier = rma.customerIdentifier ?? 'nobody'
    post('masonhub', callbackOf(masonhub, rma, event, `m-${number}`, at), identifier)
    if (!world.hits('forged message', [identifier])) return
    const claim = {
      id: `f-${number}`,
      customer_identifier: identifier,
      status: 'received',
      details: allAvailable(rma.customerIdentifier),
    }
    // With a stolen token it is accepted, and must not be believed (F51).
    const stolen = random.chance(0.5)
    post(
      'masonhub',
      { message_type: 'rmaEvent', message_id: `forged-${number}`, api_version: '2.0', data: [claim] },
      identifier,
      stolen,
    )
  })
  return { counts }
}

function allAvailable(customerIdentifier: string | null): unknown {
  const line = {
    customer_sku_id: 'TEE',
    quantity: 1,
    quantity_received: 1,
    receiving_details: { available: [{ notes: '', quantity: 1 }] },
  }
  return { id: 'x', customer_identifier: customerIdentifier, status: 'received', line_items: [line] }
}
