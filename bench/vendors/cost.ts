/** The rate limits that mhloop keeps to by default (src/usecases/vendors/vendor-clients.ts). */
export const loopRate = { perMinute: 255 }
export const masonhubRate = { perSecond: 4, burst: 4 }

export type Cost = {
  /** What the use case reports. */
  done: Record<string, number>
  wallMs: number
  cpuMs: number
  /** Most memory that the process ever held, in MB. */
  peakMb: number
  /** Milliseconds during which at least one request waited for its permit. */
  limitedMs: number
}
