import type { Deliveries } from '../delivery/deliveries.ts'
import type { OutboundLog } from './outbound.ts'

/**
 * Posts every outbound message to its callback, with the token that was given for it (masonhub.md §5.3). A callback
 * that failed too often is never posted to again, although the registry goes on listing it: nobody documents how
 * MasonHub would tell (A3).
 */
export function deliverCallbacks(outbound: OutboundLog, deliveries: Deliveries): void {
  const silenced = new Set<string>()
  outbound.subscribe((message) => {
    const isWanted = () => outbound.registrations.has(message.callbackId) && !silenced.has(message.callbackId)
    if (!isWanted()) return
    deliveries.send({
      channel: 'masonhub.callback',
      subscription: message.callbackId,
      url: message.url,
      headers: message.token === null ? {} : { Authorization: `Bearer ${message.token}` },
      body: JSON.stringify(message.body),
      what: message.messageType,
      about: message.messageId,
      isWanted,
      deactivate: () => silenced.add(message.callbackId),
    })
  })
}
