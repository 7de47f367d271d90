import type { Deliveries } from '../../delivery/deliveries.ts'
import type { CallbackRegistration } from '../types.ts'
import type { OutboundLog } from './outbound.ts'

/**
 * Posts every outbound message to its callback, with the token that was registered for it (masonhub.md §5.3). A
 * callback that failed too often gets nothing more until it is registered again, although the registry still lists it:
 * how MasonHub would show this is not documented (C3).
 */
export function deliverCallbacks(outbound: OutboundLog, deliveries: Deliveries): void {
  const silenced = new WeakSet<CallbackRegistration>()
  outbound.subscribe((message) => {
    const registration = outbound.registrations.get(message.callbackId)
    if (!registration || silenced.has(registration)) return
    deliveries.send({
      channel: 'masonhub.callback',
      subscription: message.callbackId,
      url: message.url,
      headers: message.token === null ? {} : { Authorization: `Bearer ${message.token}` },
      body: JSON.stringify(message.body),
      what: message.messageType,
      about: message.messageId,
      isSubscribed: () =>
        outbound.registrations.get(message.callbackId) === registration && !silenced.has(registration),
      deactivate: () => silenced.add(registration),
    })
  })
}
