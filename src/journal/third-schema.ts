import type { Words } from './words.ts'

/**
 * Schema 3: one refund, whatever happens around the journal.
 * - `claims`: each claim that was written to Loop's timeline before a refund. Only the run that drew the nonce goes on
 *   with it, or gives it up (G1).
 * - `accounts`: which Loop accounts a merchant has worked for, as digests of their keys, so that pauses, limits and first
 *   refunds by hand hold for an account under all its names (G10).
 * - `changes`: who changed which switch or setting, from what to what; `merchant` is empty for all merchants (G11).
 */
export const thirdSchema = ({ sequence, text, ordered, keyed, refuse }: Words) => `
create table claims (
  nonce ${text} primary key,
  merchant ${text} not null,
  return_id ${text} not null,
  effect_id ${text} not null,
  at ${text} not null,
  seen_at ${text},
  given_up_at ${text}
)${keyed};
create index claims_of_returns on claims (return_id);

${refuse({ name: 'claims_are_not_deleted', table: 'claims', before: 'delete', message: 'a claim is never forgotten' })}

create table accounts (
  merchant ${text} not null,
  account ${text} not null,
  since ${text} not null,
  primary key (merchant, account)
)${keyed};
create index accounts_by_account on accounts (account);

create table changes (
  seq ${sequence},
  at ${text} not null,
  merchant ${text} not null,
  actor ${text} not null,
  claimed_actor ${text},
  what ${text} not null,
  setting ${text},
  before ${text},
  after ${text},
  reason ${text}
)${ordered};
create index changes_of_merchants on changes (merchant, seq);

${refuse({ name: 'changes_are_not_deleted', table: 'changes', before: 'delete', message: 'changes are append-only' })}
${refuse({ name: 'changes_are_not_rewritten', table: 'changes', before: 'update', message: 'changes are append-only' })}
`
