import * as v from 'valibot'
import type { HttpRequest, Transport } from '../http/transport.ts'
import type { Destination } from './client.ts'
import { flag, requiredId, text } from './wire/fields.ts'
import { parsed, read } from './wire/reading.ts'

const destinationsSchema = v.looseObject({
  destinations: v.array(v.looseObject({ id: requiredId, name: text, type: text, enabled: flag })),
})

/** The shop's destinations (loop.md §6b). */
export async function destinationsOf(transport: Transport): Promise<Destination[]> {
  const request: HttpRequest = { method: 'GET', path: '/destinations', effect: 'read' }
  const { destinations } = parsed(destinationsSchema, request, await read(transport, request))
  return destinations.map(({ id, name, type, enabled }) => ({
    destinationId: id,
    name: name ?? '',
    type: type ?? '',
    enabled: enabled ?? true,
  }))
}
