import type { CallbackRegistration, MessageType, OutboundMessage } from '../types.ts'

/** One message before it is addressed; `dataFor` writes the data of one API version. */
export type NewMessage = {
  messageType: MessageType
  messageKey: string | null
  dataFor(apiVersion: CallbackRegistration['apiVersion']): unknown
  /** Whether the body is an array, as the OpenAPI file types it; the examples are objects (masonhub.md §5.3). */
  wrapped: boolean
}

export type OutboundLog = {
  readonly registrations: Map<string, CallbackRegistration>
  /** The time of each hold (RFC 3339), by message type. */
  readonly holds: Map<MessageType, string>
  readonly messages: readonly OutboundMessage[]
  readonly held: number
  emit(message: NewMessage): void
  hold(messageType: MessageType): void
  /** Sends the messages that were kept; false if there was no hold. */
  release(messageType: MessageType): boolean
  isSubscribed(messageType: MessageType): boolean
  subscribe(listener: (message: OutboundMessage) => void): () => void
}

const mostMessages = 50_000
const forgottenAtOnce = 10_000

/**
 * Registrations, holds, and the log of every message. It sends nothing itself: a subscriber delivers. Without a
 * registration there is no message (masonhub.md §6).
 */
export function createOutbound(ports: { now(): string; uuid(): string }): OutboundLog {
  const registrations = new Map<string, CallbackRegistration>()
  const holds = new Map<MessageType, string>()
  const waiting = new Map<MessageType, OutboundMessage[]>()
  const messages: OutboundMessage[] = []
  const listeners = new Set<(message: OutboundMessage) => void>()

  function leave(message: OutboundMessage): void {
    if (messages.length >= mostMessages) messages.splice(0, forgottenAtOnce)
    messages.push(message)
    for (const listener of listeners) listener(message)
  }

  function keep(message: OutboundMessage): void {
    const queued = waiting.get(message.messageType) ?? []
    waiting.set(message.messageType, queued)
    // Only the latest count of a SKU is sent after a hold (masonhub.md §5.2).
    const older = message.messageKey === null ? -1 : queued.findIndex((other) => isSuperseded(other, message))
    if (older >= 0) queued.splice(older, 1)
    queued.push(message)
  }

  return {
    registrations,
    holds,
    messages,
    get held() {
      return [...waiting.values()].reduce((sum, queued) => sum + queued.length, 0)
    },
    emit(message) {
      for (const registration of registrations.values()) {
        if (registration.messageType !== message.messageType) continue
        const addressed = address(registration, message, ports)
        if (holds.has(message.messageType)) keep(addressed)
        else leave(addressed)
      }
    },
    hold(messageType) {
      if (!holds.has(messageType)) holds.set(messageType, ports.now())
    },
    release(messageType) {
      const queued = waiting.get(messageType) ?? []
      waiting.delete(messageType)
      const wasHeld = holds.delete(messageType)
      for (const message of queued) leave(message)
      return wasHeld
    },
    isSubscribed: (messageType) => [...registrations.values()].some((one) => one.messageType === messageType),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function isSuperseded(older: OutboundMessage, newer: OutboundMessage): boolean {
  return older.callbackId === newer.callbackId && older.messageKey === newer.messageKey
}

function address(
  registration: CallbackRegistration,
  message: NewMessage,
  ports: { now(): string; uuid(): string },
): OutboundMessage {
  const messageId = ports.uuid()
  const body = {
    callback_url: registration.url,
    message_type: message.messageType,
    message_id: messageId,
    api_version: registration.apiVersion,
    data: message.dataFor(registration.apiVersion),
  }
  return {
    at: ports.now(),
    callbackId: registration.id,
    url: registration.url,
    token: registration.token,
    messageType: message.messageType,
    messageId,
    messageKey: message.messageKey,
    body: message.wrapped ? [body] : body,
  }
}
