import type { ProofPart } from './part.ts'

/** Everything that `npm run prove` runs, in this order; each part has its folder, and is loaded when it runs. */
export const parts: readonly (() => Promise<ProofPart>)[] = [
  async () => (await import('../simulation/proof.ts')).simulation,
  async () => (await import('./kills/part.ts')).kills,
  async () => (await import('./power-cuts/part.ts')).powerCuts,
  async () => (await import('./failing-store/part.ts')).failingStore,
  async () => (await import('./workers/part.ts')).workers,
  async () => (await import('./sizes/part.ts')).sizes,
  async () => (await import('../planted/part.ts')).planted,
]
