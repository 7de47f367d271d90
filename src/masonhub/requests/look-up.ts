import { mapWithLimit } from '../../core/concurrency/map-with-limit.ts'
import { Fault } from '../../core/errors/fault.ts'
import type { Transport } from '../../http/transport.ts'
import type { Filters } from './ask.ts'
import { listsOf } from './batches.ts'
import { type OnUnreadable, readSeparately } from './read-separately.ts'
import { type Search, searchPages } from './search.ts'

export type LookUp<Model> = Omit<Search<Model>, 'filters'> & {
  /** The filter's name: `id` or `cid`. */
  filter: string
  filters?: Filters
  identifierOf: (row: Model) => string | null
  /** Called with a record that MasonHub returned as a match but whose identifier is not exactly the requested one. */
  onSimilar?: (requested: string, found: Model) => void
  /** Without it, the first identifier whose records can't be read fails the whole look-up. */
  onUnreadable?: OnUnreadable | undefined
}

/** Lists requested at the same time: one is on its way while another waits for its permit. */
const listsAtOnce = 2

/**
 * Every record whose identifier is exactly one of these, looked up in lists of 30. Throws a Fault when MasonHub returns
 * other records while a requested one is missing: it ignores the filter then, and "absent" would be a guess.
 */
export async function lookUp<Model>(
  transport: Transport,
  identifiers: readonly string[],
  { filter, identifierOf, onSimilar, onUnreadable, filters = {}, ...search }: LookUp<Model>,
): Promise<Model[]> {
  const ignored = new Set<Fault>()
  const read = async (list: readonly string[]) => {
    const requested: Model[] = []
    const missing = new Set(list)
    // A request for an identifier with a comma also returns records for its parts.
    const partsToo = list.some((one) => one.includes(','))
    for await (const page of searchPages(transport, { ...search, filters: { [filter]: list, ...filters } })) {
      const sorted = Map.groupBy(page.rows, (row) => sort(list, identifierOf(row)))
      for (const row of sorted.get('asked') ?? []) {
        requested.push(row)
        missing.delete(identifierOf(row) ?? '')
      }
      if (onSimilar) reportSimilar(list, sorted.get('similar') ?? [], { identifierOf, onSimilar })
      const foreign = sorted.has('foreign') && !partsToo
      if (!foreign || (missing.size === 0 && page.last)) continue
      const fault = ignoresFilter(search.path, filter)
      ignored.add(fault)
      throw fault
    }
    return requested
  }
  const lists = listsOf(identifiers)
  const found =
    onUnreadable === undefined
      ? await mapWithLimit(lists, listsAtOnce, read)
      : await readSeparately({
          lists,
          read,
          atOnce: listsAtOnce,
          onUnreadable,
          affectsAll: (fault) => ignored.has(fault),
        })
  return found.flat()
}

function reportSimilar<Model>(
  list: readonly string[],
  rows: readonly Model[],
  { identifierOf, onSimilar }: Required<Pick<LookUp<Model>, 'identifierOf' | 'onSimilar'>>,
): void {
  for (const row of rows) {
    const requested = list.filter((one) => looselyEqual(one, identifierOf(row) ?? ''))
    for (const one of requested) onSimilar(one, row)
  }
}

function sort(list: readonly string[], identifier: string | null): 'asked' | 'similar' | 'foreign' {
  if (identifier === null) return 'foreign'
  if (list.includes(identifier)) return 'asked'
  return list.some((one) => looselyEqual(one, identifier)) ? 'similar' : 'foreign'
}

/**
 * Whether a database's collation may treat both as equal: it ignores case, accents, composition or blanks. Such a
 * filter still filters, but only the exact identifier is the requested one (H22).
 */
function looselyEqual(a: string, b: string): boolean {
  return collated(a) === collated(b)
}

function collated(text: string): string {
  const bare = text.normalize('NFKD').replace(/[\p{M}\p{Cf}\s]/gu, '')
  return [...bare.toLowerCase()].map((letter) => alsoWritten[letter] ?? letter).join('')
}

/** Letters that Unicode does not decompose but database collations treat as equal to these (H22). */
const alsoWritten: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ð: 'd',
  đ: 'd',
  ħ: 'h',
  ı: 'i',
  ł: 'l',
  ŧ: 't',
  þ: 'th',
}

function ignoresFilter(path: string, filter: string): Fault {
  return new Fault(
    `MasonHub GET ${path} returned records that were not requested and left out some that were: it ignores the filter ${filter}, so the result is unusable.`,
    {
      code: 'MASONHUB_UNREADABLE',
      hint: `ask support@masonhub.co whether GET ${path}?${filter}= works for this account`,
    },
  )
}
