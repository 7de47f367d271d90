/**
 * The effects that move money: `process` refunds a return as it is, `remove` takes units out of it and so refunds the
 * rest. A return has one of them in all, sent at most once, whichever it is.
 */
export const refundKinds = ['process', 'remove'] as const

export type RefundKind = (typeof refundKinds)[number]

export function isRefundKind(kind: string): kind is RefundKind {
  return kind === 'process' || kind === 'remove'
}
