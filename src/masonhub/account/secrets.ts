import * as v from 'valibot'
import type { HttpRequest, Outcome, Transport } from '../../http/transport.ts'
import { faultOf } from '../../http/vendor-faults.ts'
import type { MasonHubClient } from '../client.ts'
import { isSuccess } from '../requests/ask.ts'
import { secretSchema } from '../wire.ts'

/**
 * The tokens of an account (masonhub.md §2.2, §2.3). Request and answer contain the phrase in plain text, so neither
 * reaches an error (F60).
 */
export function secretsOf(transport: Transport): MasonHubClient['secrets'] {
  return {
    async create(phrase) {
      const request = requestOf('/secrets', phrase)
      const outcome = await transport.send(request)
      const parsed = v.safeParse(secretSchema, outcome.ok && isSuccess(outcome.answer) ? outcome.answer.json : null)
      if (!parsed.success || parsed.output === null) throw bodilessFault(request, outcome)
      return { token: parsed.output }
    },

    async remove(phrase) {
      const request = requestOf('/delete_secrets', phrase)
      const outcome = await transport.send(request)
      // The answer is a sentence that repeats the phrase; a web page is not that answer.
      const done = outcome.ok && isSuccess(outcome.answer) && !outcome.answer.text.trimStart().startsWith('<')
      if (!done) throw bodilessFault(request, outcome)
    },
  }
}

function requestOf(path: string, phrase: string): HttpRequest {
  return { method: 'POST', path, effect: 'once', body: { secret_phrase: phrase } }
}

/** A Fault from the status alone, without any text of the bodies. */
function bodilessFault({ method, path, effect }: HttpRequest, outcome: Outcome) {
  const bare: HttpRequest = { method, path, effect }
  if (!outcome.ok) return faultOf('masonhub', bare, outcome)
  const { answer } = outcome
  return faultOf('masonhub', bare, {
    ok: true,
    answer: { ...answer, json: answer.json === undefined ? undefined : {}, text: '' },
  })
}
