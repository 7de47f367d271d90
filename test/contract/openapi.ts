/**
 * Validates our requests and the sandbox's answers against the vendors' own OpenAPI files. These are next to the
 * project (`../shared/vendor/openapi`) and not part of it; without them the tests are skipped, visibly.
 *
 * The files have known mistakes. Each one that we don't follow is named below, with the section of the vendor's page
 * that says why; every other difference fails.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import ajvFormats from 'ajv-formats'
import { parse } from 'yaml'
import { translate } from './schema.ts'

export type ContractFile = 'masonhub.yaml' | 'loop-returns.yml' | 'loop-destinations.yml' | 'loop-webhooks.yml'
type Json = Record<string, unknown>
type Parameter = { name: string; in: string; required?: boolean; schema: Json }
export type Operation = { template: string; parameters: Parameter[]; body: Json | null; responses: Json; example: Json }

const folder = fileURLToPath(new URL('../../../shared/vendor/openapi/', import.meta.url))

/** For `before`: skips the suite and says so where the vendors' files are missing. */
export function needContracts(this: Mocha.Context): void {
  if (existsSync(folder)) return
  process.stderr.write('\n  SKIPPED: contract tests, because ../shared/vendor/openapi is not there\n')
  this.skip()
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

const files = new Map<ContractFile, Json>()

/** The file with every `$ref` resolved; read once per process. */
export function contract(file: ContractFile): Json {
  const known = files.get(file)
  if (known) return known
  const raw: unknown = parse(readFileSync(`${folder}${file}`, 'utf8'), { maxAliasCount: -1 })
  const whole = object(resolve(raw, raw))
  files.set(file, whole)
  return whole
}

function resolve(value: unknown, root: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => resolve(one, root))
  if (typeof value !== 'object' || value === null) return value
  const { $ref: reference, ...rest } = value as Json
  const own = Object.fromEntries(Object.entries(rest).map(([key, one]) => [key, resolve(one, root)]))
  if (typeof reference !== 'string') return own
  const target = reference
    .split('/')
    .slice(1)
    .reduce<unknown>((at, key) => object(at)[key], root)
  return { ...object(resolve(target, root)), ...own }
}

/** The operation for a path (templates match), or null. `example`: the examples of the request by name. */
export function operationOf(file: ContractFile, method: string, path: string): Operation | null {
  for (const [template, item] of Object.entries(object(contract(file).paths))) {
    const operation = object(item)[method.toLowerCase()]
    if (operation === undefined || !patternOf(template).test(path)) continue
    const { parameters, requestBody, responses } = object(operation)
    const content = object(object(object(requestBody).content)['application/json'])
    return {
      template,
      parameters: Array.isArray(parameters) ? (parameters as Parameter[]) : [],
      body: 'schema' in content ? object(content.schema) : null,
      responses: object(responses),
      example: object(content.examples),
    }
  }
  return null
}

const patternOf = (template: string) => new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '([^/]+)')}$`)

/** The value of a named example of an answer. */
export function answerExample(file: ContractFile, method: string, path: string, name: string, status = '200'): unknown {
  const content = object(object(object(operationOf(file, method, path)?.responses[status]).content)['application/json'])
  const example = object(object(content.examples)[name])
  if (!('value' in example)) throw new Error(`${file} has no example ${name} of ${method} ${path} ${status}`)
  return example.value
}

const identifierList = { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 30 }

/** Query parameters that the files lack, and why mhloop sends them. */
const extraParameters: Record<string, Parameter[]> = {
  // masonhub.md §4.2: absent from the file, shown by the release notes and by the links in every answer.
  'masonhub.yaml GET /rmas': [{ name: 'cid', in: 'query', schema: identifierList }],
  // loop.md §4.2: the file is older than the list's paging.
  'loop-returns.yml GET /warehouse/return/list': [
    { name: 'paginate', in: 'query', schema: { type: 'string', enum: ['true'] } },
    { name: 'pageSize', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 750 } },
    { name: 'cursor', in: 'query', schema: { type: 'string' } },
  ],
}

const anyTextByKey = { type: 'object', additionalProperties: { type: 'string' } }
const newerWebhook = { topic: 'return.processing', trigger: 'return.processing.failed' }

/** Request bodies that the files describe wrongly. */
function bodySchema(key: string, body: Json | null): Json | null {
  // loop.md §5.1: process takes an optional object; the file is older.
  if (key === 'loop-returns.yml POST /warehouse/return/{return_id}/process') return anyTextByKey
  // masonhub.md §6: `required: [resolution]` was copied from another action.
  if (key === 'masonhub.yaml POST /data_factory/rmaEvent')
    return { ...body, items: { ...object(body?.items), required: [] } }
  // loop.md §7.2: one topic and trigger are newer than the file.
  if (key.startsWith('loop-webhooks.yml P') && body) {
    const properties = { ...object(body.properties) }
    for (const [name, word] of Object.entries(newerWebhook)) {
      const property = object(properties[name])
      properties[name] = { ...property, enum: [...(property.enum as string[]), word] }
    }
    return { ...body, properties }
  }
  return body
}

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true })
ajvFormats.default(ajv)

function problemsOf(schema: Json, value: unknown, what: string): string[] {
  const validate = ajv.compile(schema)
  if (validate(value)) return []
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${what}${instancePath} ${message} ${JSON.stringify(params)}`,
  )
}

/** A query value with the type that its schema gives it. */
function typed(schema: Json, value: string): unknown {
  if (schema.type === 'array') return value.split(',')
  if (schema.type === 'integer') return /^-?\d+$/.test(value) ? Number(value) : value
  if (schema.type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value
  return value
}

function queryProblems(parameters: readonly Parameter[], query: Record<string, string>): string[] {
  const known = new Map(parameters.filter((one) => one.in === 'query').map((one) => [one.name, one]))
  const absent = [...known.values()].filter(({ name, required }) => required && !(name in query))
  return [
    ...absent.map(({ name }) => `query lacks ${name}`),
    ...Object.entries(query).flatMap(([name, value]) => {
      const parameter = known.get(name)
      if (!parameter) return [`query has ${name}, which is unknown`]
      return problemsOf(translate(parameter.schema, 'request'), typed(parameter.schema, value), `query ${name}`)
    }),
  ]
}

function pathProblems({ template, parameters }: Operation, path: string): string[] {
  const names = [...template.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? '')
  const values = patternOf(template).exec(path)?.slice(1) ?? []
  return names.flatMap((name, index) => {
    const schema = parameters.find((one) => one.in === 'path' && one.name === name)?.schema ?? {}
    return problemsOf(translate(schema, 'request'), typed(schema, values[index] ?? ''), `path ${name}`)
  })
}

/**
 * What is wrong with a request, in words; empty when it matches the vendor's file. The path begins below the base URL.
 */
export function validateRequest(
  file: ContractFile,
  method: string,
  path: string,
  query: Record<string, string>,
  body: unknown,
): string[] {
  const operation = operationOf(file, method, path)
  if (!operation) return [`${method} ${path} is not in ${file}`]
  const key = `${file} ${method} ${operation.template}`
  const problems = [
    ...pathProblems(operation, path),
    ...queryProblems([...operation.parameters, ...(extraParameters[key] ?? [])], query),
  ]
  const schema = bodySchema(key, operation.body)
  if (body === undefined) return operation.body === null ? problems : [...problems, 'body is missing']
  if (schema === null) return [...problems, 'body is sent, but none is documented']
  return [...problems, ...problemsOf(translate(schema, 'request'), body, 'body')]
}

/** Turns answers that the files describe wrongly into their real shape. */
function realShape(
  file: ContractFile,
  { method, template }: { method: string; template: string },
  body: unknown,
): unknown {
  if (file !== 'masonhub.yaml') {
    // loop.md §4.2: with `paginate` the list comes in an envelope. §10.3: notes come bare, too.
    if (template === '/warehouse/return/list' && Array.isArray(object(body).returns)) return object(body).returns
    return template.endsWith('/notes') && Array.isArray(body) ? { notes: body } : body
  }
  // masonhub.md §3.2: the schema says array, examples and clients say envelope.
  if (method === 'GET') return Array.isArray(object(body).data) ? object(body).data : body
  // masonhub.md §3.3, §3.4: one envelope although an array is typed; a bare array of rows at some endpoints.
  if (Array.isArray(body)) return body.some((one) => 'status' in object(one)) ? [{ results: body }] : body
  return Array.isArray(object(body).results) ? [body] : body
}

/** Answers that are a sentence, although the file says object or array (masonhub.md §3.4). */
const sentences = ['DELETE /callbacks', 'POST /delete_secrets']

/** Statuses in place of the documented one: loop.md §10.4, masonhub.md §3.5. */
const otherStatus: Record<string, Record<number, string>> = {
  'loop-webhooks.yml POST /webhooks': { 201: '200' },
  'masonhub.yaml POST /skus': { 200: '201' },
}

/**
 * What is wrong with an answer, in words; empty when it matches the vendor's file. `body`: the parsed JSON; undefined:
 * none.
 */
export function validateResponse(
  file: ContractFile,
  method: string,
  path: string,
  status: number,
  body: unknown,
): string[] {
  const operation = operationOf(file, method, path)
  if (!operation) return [`${method} ${path} is not in ${file}`]
  const { template, responses } = operation
  const documented = otherStatus[`${file} ${method} ${template}`]?.[status] ?? String(status)
  if (!(documented in responses)) return [`status ${status} of ${method} ${template} is not documented`]
  const content = object(object(object(responses[documented]).content)['application/json'])
  if (!('schema' in content)) return body === undefined ? [] : ['body is sent, but none is documented']
  if (sentences.includes(`${method} ${template}`) && status === 200)
    return problemsOf({ type: 'string', minLength: 1 }, body, 'body')
  const schema = translate(object(content.schema), file === 'masonhub.yaml' ? 'masonhub-answer' : 'loop-answer')
  return problemsOf(schema, realShape(file, { method, template }, body), 'body')
}
