import assert from 'node:assert/strict'
import { customerIdentifierOf } from '../../src/core/rmas/identifiers.ts'
import type { Harness } from './harness.ts'

/**
 * Ways in which a vendor fails for one return while it works for all others. `spoil` returns a function that ends the
 * failure.
 */
export type Unreadable = { code: string; spoil(at: Harness, returnId: string): () => void }

export const unreadables: Record<
  'details without line_items' | 'a 500 for its details' | 'a 500 for its RMA',
  Unreadable
> = {
  'details without line_items': {
    code: 'LOOP_UNREADABLE',
    spoil: (at, returnId) => {
      const { units } = recordOf(at, returnId)
      // Details and lists are made from these; JSON leaves undefined out.
      return replaced(units, 'map', { value: () => undefined })
    },
  },
  'a 500 for its details': {
    code: 'LOOP_SERVER_ERROR',
    spoil: (at, returnId) => replaced(recordOf(at, returnId).customer, 'firstName', { get: fail }),
  },
  'a 500 for its RMA': {
    code: 'MASONHUB_SERVER_ERROR',
    spoil: (at, returnId) => {
      const identifier = customerIdentifierOf(returnId)
      const rma = [...at.sandbox.masonhub.rmas.all()].find(
        ({ customerIdentifier }) => customerIdentifier === identifier,
      )
      assert.ok(rma)
      return replaced(rma, 'createdAt', { get: fail })
    },
  },
}

function recordOf(at: Harness, returnId: string) {
  const record = at.sandbox.loop.returns.get(Number(returnId))
  assert.ok(record)
  return record
}

function replaced(target: object, key: string, by: PropertyDescriptor): () => void {
  const before = Object.getOwnPropertyDescriptor(target, key)
  Object.defineProperty(target, key, { configurable: true, ...by })
  return () => {
    Reflect.deleteProperty(target, key)
    if (before !== undefined) Object.defineProperty(target, key, before)
  }
}

function fail(): never {
  throw new Error('the vendor stumbles over this record')
}
