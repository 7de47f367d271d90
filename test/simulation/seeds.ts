import type { Part } from './scenario.ts'

/** Worlds in which something was wrong once, shrunk; what it was is mended, and must stay so. */
export const seeds: readonly { seed: number; without: Part[]; found: string }[] = []
