/** The base URL that most of our registrations have in common, which is stored nowhere; null without registrations. */
export function publicBase(urls: readonly string[]): string | null {
  const bases = urls.flatMap((url) => {
    const endpoint = /\/in\/[^/]+\/(?:loop|masonhub)$/.exec(URL.canParse(url) ? new URL(url).href : '')
    return endpoint === null ? [] : [new URL(url).href.slice(0, endpoint.index)]
  })
  const counts = Map.groupBy(bases, (base) => base)
  const [most] = [...counts].toSorted(([, one], [, other]) => other.length - one.length)
  return most?.[0] ?? null
}
