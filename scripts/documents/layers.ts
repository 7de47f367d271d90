/** The table of test/architecture/layers.ts, as CONTRIBUTING.md and docs/architecture.md show it. */
import { type Layer, layers } from '../../test/architecture/layers.ts'

/** `src/core/` and what it holds. */
export function layoutTable(): string {
  const rows = layers.map(
    (layer) => `| \`src/${layer.folder}/\` | ${layer.holds} | ${named(layer.imports)}${types(layer)} |`,
  )
  return ['| folder | holds | imports |', '|---|---|---|', ...rows].join('\n')
}

export function importTable(): string {
  const rows = layers.map(
    ({ folder, imports, types = [] }) => `| \`${folder}\` | ${named(imports)} | ${named(types)} |`,
  )
  return ['| folder | may import | types only |', '|---|---|---|', ...rows].join('\n')
}

function types({ types = [] }: Layer): string {
  return types.length === 0 ? '' : `; types of ${named(types)}`
}

function named(folders: readonly string[]): string {
  return folders.length === 0 ? '–' : folders.map((folder) => `\`${folder}\``).join(', ')
}

/** Columns between the outer edges: what a picture of whole floors needs at least is a number that 1, 2 and 3 divide. */
const width = 71

/** One floor for all folders that lie equally high; each imports from lower floors only. */
export function layersPicture(): string {
  const floors = floorsOf(layers)
  const lines = floors.flatMap((folders, index) => [edge(floors[index - 1] ?? [], folders), drawn(folders)])
  return ['```text', ...lines, edge(floors.at(-1) ?? [], []), '```'].join('\n')
}

/** How many floors lie below: one more than below the highest folder that it imports, types included. */
function heightOf(folder: string, all: readonly Layer[]): number {
  const layer = all.find((other) => other.folder === folder)
  const below = [...(layer?.imports ?? []), ...(layer?.types ?? [])].map((one) => one.split('/')[0] ?? one)
  return Math.max(-1, ...below.map((other) => heightOf(other, all))) + 1
}

function floorsOf(all: readonly Layer[]): string[][] {
  const heights = new Map(all.map(({ folder }) => [folder, heightOf(folder, all)]))
  const floors = Map.groupBy(heights.keys(), (folder) => heights.get(folder) ?? 0)
  return [...floors].sort(([a], [b]) => b - a).map(([, folders]) => folders)
}

function drawn(folders: readonly string[]): string {
  return `│${folders.map((folder, index) => centred(`src/${folder}`, cells(folders.length)[index] ?? 0)).join('│')}│`
}

/** The widths of so many boxes beside one another. */
function cells(count: number): number[] {
  const room = width - (count - 1)
  const ends = Array.from({ length: count + 1 }, (_, index) => Math.round((room * index) / count))
  return ends.slice(1).map((end, index) => end - (ends[index] ?? 0))
}

function centred(text: string, room: number): string {
  const left = Math.floor((room - text.length) / 2)
  return `${' '.repeat(left)}${text}`.padEnd(room)
}

/** The line between two floors, with a joint wherever a wall of either meets it. */
function edge(above: readonly string[], below: readonly string[]): string {
  const [walls, posts] = [wallsOf(above), wallsOf(below)]
  const joint = (column: number) => {
    const pair = `${walls.has(column) ? 'above' : ''}${posts.has(column) ? 'below' : ''}`
    return { above: '┴', below: '┬', abovebelow: '┼' }[pair] ?? '─'
  }
  const line = Array.from({ length: width }, (_, column) => joint(column)).join('')
  const [left, right] = above.length === 0 ? ['┌', '┐'] : below.length === 0 ? ['└', '┘'] : ['├', '┤']
  return `${left}${line}${right}`
}

function wallsOf(folders: readonly string[]): Set<number> {
  const widths = cells(folders.length)
  return new Set(widths.slice(0, -1).map((_, index) => widths.slice(0, index + 1).reduce((a, b) => a + b, index)))
}
