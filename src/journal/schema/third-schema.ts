import type { Words } from './sql-words.ts'
import { thirdEffects } from './third-effects.ts'

/**
 * Schema 3: one refund, whatever happens around the journal.
 * - `claims`: each claim that was written to Loop's timeline before a refund. Only the run that drew the nonce goes on
 *   with it, or gives it up (G1). `posted` is 0 for one that surely never reached Loop.
 * - `effects`: see third-effects.ts.
 * - `accounts`: which Loop accounts a merchant has worked with, as digests of their keys, so that pauses, limits and
 *   first explicit refunds hold for an account under all its names (G10).
 * - `changes`: who changed which switch or setting, from what to what; `merchant` is empty for all merchants (G11).
 * - `parcels`: under which numbers a return travels, and `links.box_free` whether it was handed in without a box. Only
 *   some of Loop's endpoints say either, so what one said is remembered for the others.
 */
export const thirdSchema = (words: Words) => {
  const { sequence, text, ordered, keyed, refuse } = words
  return `
create table claims (
  nonce ${text} primary key,
  merchant ${text} not null,
  return_id ${text} not null,
  effect_id ${text} not null,
  at ${text} not null,
  posted integer not null check (posted in (0, 1)),
  seen_at ${text},
  given_up_at ${text}
)${keyed};
create index claims_of_returns on claims (return_id);
create unique index claims_that_stand on claims (effect_id) where given_up_at is null;

${refuse({ name: 'claims_are_not_deleted', table: 'claims', before: 'delete', message: 'a claim is never forgotten' })}

${refuse({
  name: 'claims_keep_identity',
  table: 'claims',
  before: 'update of nonce, merchant, return_id, effect_id, at',
  message: 'a claim keeps its identity',
})}

${refuse({
  name: 'claims_stay_given_up',
  table: 'claims',
  before: 'update',
  when: `old.given_up_at is not null`,
  message: 'a claim that was given up stays so',
})}

${thirdEffects(words)}

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

create table parcels (
  merchant ${text} not null,
  return_id ${text} not null,
  parcel_id ${text} not null,
  kind ${text} not null check (kind in ('label', 'bag', 'rma id')),
  line_items ${text},
  status ${text},
  changed_at ${text},
  first_seen_at ${text} not null,
  primary key (merchant, return_id, parcel_id)
)${keyed};
create index parcels_by_id on parcels (merchant, parcel_id);

alter table links add column box_free integer check (box_free in (0, 1));
`
}
