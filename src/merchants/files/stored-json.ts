import * as v from 'valibot'
import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'

/**
 * Reads one of our JSON files, or throws a Fault that names the wrong field. Neither the value nor the JSON parser's
 * message is quoted: both may contain a secret.
 */
export function parseStored<S extends v.GenericSchema>(path: string, text: string, schema: S): v.InferOutput<S> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw malformed(path, 'It is not valid JSON')
  }
  const result = v.safeParse(schema, json, { abortEarly: true })
  if (result.success) return result.output
  const field = v.getDotPath(result.issues[0])
  if (field === 'version') throw malformed(path, 'It was written by another version of mhloop')
  throw malformed(
    path,
    field === null ? 'It is not an object of the expected shape' : `The field "${printable(field, 200)}" is wrong`,
  )
}

function malformed(path: string, what: string): Fault {
  return new Fault(`${printable(path)} is not usable: ${what}. Nothing was changed.`, {
    code: 'CONFIG_MALFORMED',
    hint: 'Repair the file, or move it away and add the merchants again: mhloop merchant add',
  })
}
