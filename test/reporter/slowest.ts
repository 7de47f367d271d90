/** The tables of the slowest tests, and of the slowest files with all of their tests and hooks. */

/** A test or a hook that has ended, as far as mocha's events describe it. */
export type Ended = { type?: string; title: string; file?: string | undefined; duration?: number | undefined }

export type Slowest = { add(ended: Ended): void; tables(): string }

const most = 20
const longestTitle = 90

/** `folder`: the names of files are relative to it. */
export function createSlowest(folder: string): Slowest {
  const tests: { file: string; title: string; milliseconds: number }[] = []
  const files = new Map<string, number>()
  return {
    add({ type, title, file: path = '', duration: milliseconds = 0 }) {
      const file = path.startsWith(folder) ? path.slice(folder.length) : path
      // A hook of all files belongs to no file.
      if (file !== '') files.set(file, (files.get(file) ?? 0) + milliseconds)
      if (type === 'test') tests.push({ file, title, milliseconds })
    },
    tables() {
      const ofFiles = [...files].map(([file, milliseconds]) => ({ milliseconds, text: file }))
      const ofTests = tests.map(({ file, title, milliseconds }) => ({
        milliseconds,
        text: `${file}  ${shortened(title)}`,
      }))
      return [...table('files, with their hooks', ofFiles), ...table('tests', ofTests), ''].join('\n')
    },
  }
}

function table(what: string, rows: readonly { milliseconds: number; text: string }[]): string[] {
  const slowest = rows.toSorted((one, other) => other.milliseconds - one.milliseconds).slice(0, most)
  const lines = slowest.map(({ milliseconds, text }) => `  ${(milliseconds / 1000).toFixed(1).padStart(6)}  ${text}`)
  return ['', `  Seconds of the slowest ${slowest.length} of ${rows.length} ${what}:`, ...lines]
}

function shortened(title: string): string {
  return title.length > longestTitle ? `${title.slice(0, longestTitle - 1)}…` : title
}
