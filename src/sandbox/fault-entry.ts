/** One row of a stand-in's table of faults: what can be switched, and its value until somebody sets another. */
export type FaultEntry = { initial: number; about: string }

export function off(about: string): FaultEntry {
  return { initial: 0, about }
}

export function initially(initial: number, about: string): FaultEntry {
  return { initial, about }
}

type Loss<Vendor extends string, Endpoint extends string> = `${Vendor}.drop-${'request' | 'answer'}-${Endpoint}`

/** For each endpoint, the chances that its requests and its answers are lost; `rows` of docs/failures.md. */
export function losses<Vendor extends string, Endpoint extends string>(
  vendor: Vendor,
  endpoints: readonly Endpoint[],
  rows: { request: string; answer: string },
): Record<Loss<Vendor, Endpoint>, FaultEntry> {
  const entries = endpoints.flatMap((endpoint): [string, FaultEntry][] => [
    [
      `${vendor}.drop-request-${endpoint}`,
      off(`chance that a ${endpoint} request is lost before any work (${rows.request})`),
    ],
    [
      `${vendor}.drop-answer-${endpoint}`,
      off(`chance that a ${endpoint} answer is lost after the work (${rows.answer})`),
    ],
  ])
  return Object.fromEntries(entries) as Record<Loss<Vendor, Endpoint>, FaultEntry>
}
