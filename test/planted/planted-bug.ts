/** A known-bad variant of mhloop: what a tired person might write, or a patient one take out as needless. */
export type PlantedBug = {
  name: string
  /** Rows of failures.md (F), or of an issue (G, H), that it opens again. */
  rows: readonly string[]
  /** Each text must stand in its file exactly once. */
  edits: readonly { file: string; from: string; to: string }[]
  /** What must catch it: so many simulated worlds, one of them looked at before the others, or tests by file and name. */
  caughtBy: { worlds: number; first: number } | { tests: string; named?: string }
}

/** Of the repository. */
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
