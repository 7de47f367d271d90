/** The table of test/architecture/layers.ts, as CONTRIBUTING.md and docs/architecture.md show it. */
import { type Layer, layers } from '../../test/architecture/layers.ts'

/** The table of folders: what each holds and imports. */
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

/** Columns between the outer edges. 1, 2 and 3 boxes with their inner walls divide this width evenly. */
const width = 71

/** The layers as a picture: one row for all folders of the same height; each imports only from lower rows. */
export function layersPicture(): string {
  const floors = floorsOf(layers)
  const lines = floors.flatMap((folders, index) => [edge(floors[index - 1] ?? [], folders), drawn(folders)])
  return ['```text', ...lines, edge(floors.at(-1) ?? [], []), '```'].join('\n')
}

/** The number of rows below a folder: one more than below the highest folder that it imports, including types. */
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

/** The widths of `count` boxes side by side. */
function cells(count: number): number[] {
  const room = width - (count - 1)
  const ends = Array.from({ length: count + 1 }, (_, index) => Math.round((room * index) / count))
  return ends.slice(1).map((end, index) => end - (ends[index] ?? 0))
}

function centred(text: string, room: number): string {
  const left = Math.floor((room - text.length) / 2)
  return `${' '.repeat(left)}${text}`.padEnd(room)
}

/** The line between two rows, with a joint wherever a wall of either meets it. */
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
