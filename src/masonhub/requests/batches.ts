/** MasonHub takes at most 30 records per write and 30 values per filter (masonhub.md §3.1, §3.3). */
export const batchLimit = 30

export function batchesOf<Item>(items: readonly Item[]): Item[][] {
  const batches: Item[][] = []
  for (let start = 0; start < items.length; start += batchLimit) batches.push(items.slice(start, start + batchLimit))
  return batches
}

/** Most characters of an encoded list in one query: servers and proxies commonly refuse request lines over 8 KiB. */
const longestList = 4000

/**
 * Cuts the values of a comma list into the lists to request: at most 30 values, no URL too long for a proxy, and a
 * value that contains a comma by itself, because MasonHub reads it as several (masonhub.md §7.1). Empty and repeated
 * values are left out.
 */
export function listsOf(values: readonly string[]): string[][] {
  const lists: string[][] = []
  let list: string[] = []
  let length = 0
  for (const value of new Set(values)) {
    if (value === '') continue
    if (value.includes(',')) {
      lists.push([value])
      continue
    }
    const size = encodeURIComponent(value).length + 1
    if (list.length === batchLimit || length + size > longestList) {
      lists.push(list)
      list = []
      length = 0
    }
    list.push(value)
    length += size
  }
  return [...lists, list].filter((one) => one.length > 0)
}
