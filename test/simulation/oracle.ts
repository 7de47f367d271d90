import type { Policy } from '../../src/core/merchants/policy.ts'
import type { LoopVersion } from './loop.ts'
import type { RmaVersion } from './masonhub.ts'

/**
 * The rule of money a second time, applied to the ground truth: every unit that travels was announced, arrived, and is
 * available; nothing else is there.
 */
export function allAvailable(loop: LoopVersion, rma: RmaVersion): boolean {
  const unitsOf = (counts: (readonly [sku: string, count: number])[]) =>
    counts
      .flatMap(([sku, count]) => Array<string>(Math.max(0, count)).fill(sku))
      .sort()
      .join()
  const travelling = loop.units.filter(({ outcome }) => outcome !== 'keep')
  const found = rma.lines.map(({ details, ...line }) => ({ ...line, details: details ?? [] }))
  const expected = unitsOf(travelling.map(({ sku }) => [sku, 1]))
  return (
    rma.status === 'received' &&
    travelling.length > 0 &&
    travelling.every(({ sku }) => sku !== '') &&
    found.every(({ details }) => details.every(({ word, quantity }) => word === 'available' || quantity === 0)) &&
    found.every(
      ({ unannounced, reported, details }) =>
        !unannounced && reported === details.reduce((sum, { quantity }) => sum + quantity, 0),
    ) &&
    expected === unitsOf(found.map(({ sku, quantity }) => [sku, quantity])) &&
    expected === unitsOf(found.map(({ sku, reported }) => [sku, reported ?? 0]))
  )
}

/** The rule of outcomes a second time: each part is allowed, or exactly this combination is. */
export function isProcessed(outcome: string, { outcomes }: Pick<Policy, 'outcomes'>): boolean {
  const sorted = (one: string) => one.split('+').sort().join('+')
  return outcome.split('+').every((part) => outcomes.includes(part)) || outcomes.map(sorted).includes(sorted(outcome))
}
