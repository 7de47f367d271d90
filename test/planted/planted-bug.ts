/** A known bug in mhloop, such as a mistake in a hurry, or a safeguard that somebody removed as needless. */
export type PlantedBug = {
  name: string
  /** Rows of failures.md (F, G, H) that it brings back. */
  rows: readonly string[]
  /** Each text must occur in its file exactly once. */
  edits: readonly { file: string; from: string; to: string }[]
  /** What must find it: this many simulated worlds, one of them simulated first, or tests by file and title. */
  caughtBy: { worlds: number; first: number } | { tests: string; named?: string }
}

/** The folder of the repository. */
export const root = new URL('../../', import.meta.url)

/** The source of a file with the plant's bug in it. Throws when the bug no longer fits. */
export function withBug(bug: PlantedBug, file: string, source: string): string {
  return bug.edits
    .filter((edit) => edit.file === file)
    .reduce((text, { from, to }) => {
      const places = text.split(from).length - 1
      if (places !== 1)
        throw new Error(`planted bug “${bug.name}” no longer fits: its text occurs ${places} times in ${file}`)
      return text.replace(from, () => to)
    }, source)
}
