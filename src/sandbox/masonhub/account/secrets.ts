import type { Answer } from '../answer.ts'
import { badParameters, notFound, ok } from '../answer.ts'
import { asFields } from '../rmas/rma-input.ts'
import type { Account } from './store.ts'

/** POST /secrets: the token is in `encrypted_key`; unset ids and dates are empty strings (masonhub.md §2.2). */
export function createSecret(account: Account, request: { body: unknown }): Answer {
  const phrase = phraseOf(request.body)
  if (phrase === null) return badParameters()
  const now = account.now()
  const secret = {
    id: account.uuid(),
    account_id: account.accountId,
    secret_phrase: phrase,
    encrypted_key: account.tokens.mint(phrase),
    created_by_id: account.accountId,
    created_at: now,
    updated_at: now,
  }
  return ok(account.quirk(1) ? { ...secret, deleted_by_id: '', deleted_at: '' } : secret)
}

/**
 * POST /delete_secrets: revokes every token of the phrase; the answer repeats the phrase in plain text (masonhub.md
 * §2.3, F60).
 */
export function deleteSecret(account: Account, request: { body: unknown }): Answer {
  const phrase = phraseOf(request.body)
  if (phrase === null) return badParameters()
  return account.tokens.revoke(phrase) ? ok(`secrets successfully deleted:${phrase}`) : notFound()
}

function phraseOf(body: unknown): string | null {
  const phrase = asFields(body)['secret_phrase']
  return typeof phrase === 'string' && phrase !== '' ? phrase : null
}
