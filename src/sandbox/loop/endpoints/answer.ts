import type { LoopStore } from '../model/store.ts'
import type { LoopVersion } from '../version.ts'

/** What was asked: `id` of the path, NaN if it is no number; `base`: the endpoint's own URL, for the page links. */
export type ParsedRequest = {
  id: number
  query: Readonly<Record<string, string>>
  body: unknown
  base: string
  version: LoopVersion
}

/** The answer of a route; the middleware decides what of it reaches the caller. */
export type Answer = { status: number; body: unknown }

export const ok = (body: unknown): Answer => ({ status: 200, body })
export const noContent: Answer = { status: 204, body: undefined }

/** Refusals are HTTP 200, too, and come in four envelopes (loop.md §5, §9). */
export const refusedByCode = (message: string, code = 'UNPROCESSABLE_RETURN') => ok({ errors: { message, code } })
export const refusedByMessage = (message: string) => ok({ message })
export const refusedByContent = (content: string) => ok({ content })
export const noSuchReturn = () => ok({ errors: { message: 'No return found with this ID.' } })

/** Laravel's validation error. */
export function invalid(errors: Record<string, string[]>): Answer {
  const first = Object.values(errors)[0]?.[0] ?? 'The given data was invalid.'
  return { status: 422, body: { message: first, errors } }
}

const counts = new WeakMap<LoopStore, number>()

/** `true` or the string `"true"`: both occur in practice, so by default they alternate (loop.md §10.1). */
export function accepted(store: LoopStore): Answer {
  const style = store.world.faults.get('loop.success-body')
  if (style !== 2) return ok(style === 1 ? 'true' : true)
  const count = counts.get(store) ?? 0
  counts.set(store, count + 1)
  return ok(count % 2 === 0 ? true : 'true')
}
