/** The paces that mhloop keeps by itself (src/usecases/vendor-clients.ts). */
export const loopPace = { perMinute: 255 }
export const masonhubPace = { perSecond: 4, burst: 4 }

export type Cost = {
  /** What the use case says it did. */
  done: Record<string, number>
  wallMs: number
  cpuMs: number
  /** Most memory that the process ever held, in MB. */
  peakMb: number
  /** Milliseconds in which at least one request waited for its turn. */
  limitedMs: number
}
