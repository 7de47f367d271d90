/**
 * Two behaviours behind five names (loop.md §14.1): 2026-07 and v1 keep the older forms; 2026-10 is what `latest` means
 * since October 29, 2026, and a preview can't be older than that.
 */
export type LoopVersion = 'older' | 'current'

const versions: Readonly<Record<string, LoopVersion>> = {
  v1: 'older',
  '2026-07': 'older',
  '2026-10': 'current',
  latest: 'current',
  unstable: 'current',
}

/** The names of the versions in a URL. */
export const loopVersions: readonly string[] = Object.keys(versions)

const prefix = new RegExp(`^/(${loopVersions.join('|')})(?=/)`)

/** Splits a path below /api. Without a version, Loop uses the oldest that it supports (loop.md §1). */
export function versionedPath(path: string): { version: LoopVersion; path: string } {
  const name = prefix.exec(path)?.[1]
  if (name === undefined) return { version: 'older', path }
  return { version: versions[name] ?? 'older', path: path.slice(name.length + 1) }
}
