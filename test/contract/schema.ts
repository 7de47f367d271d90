/** Translates OpenAPI schemas, 3.0 and 3.1, into the JSON Schema that their authors meant. */

type Json = Record<string, unknown>
/** What is validated. Requests must match exactly; for answers, known differences are allowed. */
export type Mode = 'request' | 'masonhub-answer' | 'loop-answer'

const retained = [
  'type',
  'enum',
  'format',
  'pattern',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'required',
]

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

/**
 * Translates one schema. Everywhere: `minimum` and `maximum` of a string mean its length, and of an array the length of
 * each item (masonhub.md §3.7); `nullable` becomes a type. In requests, fields that only the vendor sets and fields
 * that no document lists are errors.
 */
export function translate(schema: Json, mode: Mode): Json {
  const result: Json = Object.fromEntries(retained.flatMap((key) => (key in schema ? [[key, schema[key]]] : [])))
  for (const key of ['oneOf', 'anyOf', 'allOf']) {
    const list = schema[key]
    // An empty list means an array of anything, which `oneOf` would refuse.
    if (Array.isArray(list)) result[key === 'oneOf' ? 'anyOf' : key] = list.map((one) => translate(object(one), mode))
  }
  if ('items' in schema) result.items = translate(object(schema.items), mode)
  lengths(result)
  if ('properties' in schema) properties(result, schema, mode)
  else if ('additionalProperties' in schema) result.additionalProperties = schema.additionalProperties
  if (schema.type === 'array' && mode === 'masonhub-answer') bulkEnvelope(result)
  if (mode === 'loop-answer') loopLiberties(result)
  return schema.nullable === true ? { anyOf: [{ type: 'null' }, result] } : result
}

function lengths(result: Json): void {
  if (result.type !== 'string' && result.type !== 'array') return
  const { minimum, maximum } = result
  delete result.minimum
  delete result.maximum
  const limits = {
    ...(minimum === undefined ? {} : { minLength: minimum }),
    ...(maximum === undefined ? {} : { maxLength: maximum }),
  }
  if (result.type === 'string') Object.assign(result, limits)
  else if (Object.keys(limits).length > 0) result.items = { type: 'string', ...limits }
}

function properties(result: Json, schema: Json, mode: Mode): void {
  const entries = Object.entries(object(schema.properties))
  const required: unknown[] = Array.isArray(schema.required) ? schema.required : []
  if (mode === 'request') {
    const ours = entries.filter(([, one]) => object(one).readOnly !== true)
    result.properties = Object.fromEntries(ours.map(([name, one]) => [name, translate(object(one), mode)]))
    result.additionalProperties = false
    return
  }
  // Unset fields come as null or as empty text (masonhub.md §3.7; loop.md §4.1: nullable or empty unless stated
  // otherwise).
  const unset = [{ type: 'null' }, { const: '' }]
  result.properties = Object.fromEntries(
    entries.map(([name, one]) => {
      const translated = translate(object(one), mode)
      return [name, required.includes(name) ? translated : { anyOf: [translated, ...unset] }]
    }),
  )
}

/** The required fields of a bulk row are declared on its envelope; success has no messages (masonhub.md §3.3, §3.4). */
function bulkEnvelope(result: Json): void {
  const items = object(result.items)
  const results = object(items.properties).results
  if (results === undefined) return
  result.items = { ...items, required: ['results'] }
}

/** loop.md §10.1: success is `true` or `"true"`. §10.2: ids are text or numbers. §4.3: details writes dates without a T. */
function loopLiberties(result: Json): void {
  if (result.type === 'string' && Object.keys(result).length === 1) result.type = ['string', 'boolean', 'integer']
  if (result.type === 'integer') result.type = ['integer', 'string']
  if (result.format === 'date-time') {
    delete result.format
    result.pattern = '^\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}:\\d{2}'
  }
}
