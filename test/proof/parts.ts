import type { ProofPart } from './part.ts'

/** Everything that `npm run prove` runs, in this order; each in a folder of its own, loaded when its turn comes. */
export const parts: readonly (() => Promise<ProofPart>)[] = [
  async () => (await import('../simulation/proof.ts')).simulation,
  async () => (await import('./kills/part.ts')).kills,
  async () => (await import('./power-cuts/part.ts')).powerCuts,
  async () => (await import('./failing-store/part.ts')).failingStore,
  async () => (await import('./workers/part.ts')).workers,
  async () => (await import('./sizes/part.ts')).sizes,
  async () => (await import('../planted/part.ts')).planted,
]
