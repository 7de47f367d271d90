/** Validates JSON documents against the schemas that ship in the package, and fails for any key they don't name. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { Ajv2020, type AnySchemaObject, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

const folder = new URL('../../schemas/', import.meta.url)

export const schemaNames = readdirSync(folder).map((file) => basename(file, '.json'))

const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true })
formats.default(ajv)
const compiled = new Map<string, ValidateFunction>()

/** The schema as the package ships it. */
export function schemaOf(name: string): AnySchemaObject {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as AnySchemaObject
}

/** The shipped schemas allow unknown keys, because the contract may grow; our own documents must have none. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]))
  return 'properties' in copy && !('additionalProperties' in copy) ? { ...copy, additionalProperties: false } : copy
}

/** Validates a document against the schema that its own `schema` names. */
export function assertObeysSchema(document: { schema: string }): void {
  const name = /^mhloop\/([a-z.-]+)@1$/.exec(document.schema)?.[1] ?? ''
  assert.ok(schemaNames.includes(name), `no schema ships for ${document.schema}`)
  const validate = compiled.get(name) ?? ajv.compile(closed(schemaOf(name)) as AnySchemaObject)
  compiled.set(name, validate)
  assert.equal(validate(document), true, `${name}: ${ajv.errorsText(validate.errors)}`)
}
