/** Paths below the public URL: `/in/<key>/loop` and `/in/<key>/masonhub`. */
export function endpointPaths(key: string): { loop: string; masonhub: string } {
  return { loop: `/in/${key}/loop`, masonhub: `/in/${key}/masonhub` }
}
