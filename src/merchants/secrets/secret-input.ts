import { Fault } from '../../core/errors/fault.ts'
import type { Secret } from '../profiles/merchant.ts'
import { namedSecret, type SecretName, secretLists, secretNames, secretTitles } from './credentials.ts'

export type ProvidedSecrets = Partial<Record<SecretName, Secret>>

/** What is wrong with a typed or pasted secret; true when it is valid. Never repeats the secret. */
export function checkSecret(text: string, name?: SecretName): string | true {
  const value = text.trim()
  if (value === '') return 'It is empty.'
  if (value.length > 4096) return 'It is too long.'
  if (name === 'receiverKey' && !/^[\w-]{32,100}$/.test(value)) {
    return 'It becomes part of a URL path: use 32 to 100 random letters, digits, "-" and "_".'
  }
  const parts = name !== undefined && secretLists.has(name) ? value.split(/\s+/) : [value]
  if (parts.every((part) => /^[\x21-\x7e]+$/.test(part))) return true
  return 'It contains a space or a character that no key has. Was it copied completely?'
}

/** Wraps a secret that was entered; throws Fault when it can't be valid. */
export function readSecret(name: SecretName, text: string): Secret {
  const wrapped = namedSecret(name, text.trim())
  const checked = checkSecret(text, name)
  if (checked === true) return wrapped
  throw malformed(`The ${secretTitles[name].title} can't be used. ${checked}`)
}

/** Reads `{"loopApiKey": "…", "masonhubToken": "…"}`. Other secrets are optional; for `set`, so are these two. */
export function parseSecrets(text: string): ProvidedSecrets {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw malformed('The credentials are not valid JSON.')
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw malformed('The credentials are not a JSON object.')
  const provided: ProvidedSecrets = {}
  for (const [key, value] of Object.entries(json)) {
    const name = secretNames.find((known) => known === key)
    // The unknown key is not repeated: key and value may have been swapped.
    if (name === undefined)
      throw malformed(`The credentials have an unknown field. Known fields: ${secretNames.join(', ')}.`)
    if (typeof value !== 'string') throw malformed(`The field ${name} of the credentials must be a string.`)
    provided[name] = readSecret(name, value)
  }
  return provided
}

function malformed(message: string): Fault {
  return new Fault(message, {
    code: 'CREDENTIALS_MALFORMED',
    hint: `Expected: {"${secretNames.join('": "…", "')}": "…"}`,
  })
}
