import type { Words } from './sql-words.ts'

/**
 * Schema 3: one refund, whatever happens around the journal.
 * - `claims`: each claim that was written to Loop's timeline before a refund. Only the run that drew the nonce goes on
 *   with it, or gives it up (G1). `posted` is 0 for one that surely never reached Loop. `effects.parked_because` says
 *   why a refund was parked without having been sent.
 * - `accounts`: which Loop accounts a merchant has worked with, as digests of their keys, so that pauses, limits and
 *   first explicit refunds hold for an account under all its names (G10).
 * - `changes`: who changed which switch or setting, from what to what; `merchant` is empty for all merchants (G11).
 */
export const thirdSchema = ({ sequence, text, ordered, keyed, refuse }: Words) => `
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

alter table effects add column parked_because ${text};

${refuse({
  name: 'effects_refund_gives_up_its_claim',
  table: 'effects',
  before: 'update of state',
  when: `old.kind = 'process' and old.state = 'sent' and new.state = 'planned' and exists (
  select 1 from claims where claims.effect_id = old.effect_id and claims.given_up_at is null
)`,
  message: 'a refund is planned again only once its claim is given up',
})}

${refuse({
  name: 'effects_unsent_refund_is_not_ours',
  table: 'effects',
  before: 'update of state',
  when: `new.state = 'confirmed' and old.parked_because in ('CLAIMED_ELSEWHERE', 'CLAIM_UNSEEN')`,
  message: 'a refund that was never sent is not confirmed as ours',
})}

${refuse({
  name: 'effects_sent_refund_is_not_unsent',
  table: 'effects',
  before: 'update of state, parked_because',
  when: `old.kind = 'process' and old.state <> 'planned' and new.parked_because in ('CLAIMED_ELSEWHERE', 'CLAIM_UNSEEN')
and coalesce(old.parked_because, '') <> new.parked_because and (old.state <> 'sent' or not exists (
  select 1 from claims where claims.effect_id = old.effect_id and claims.given_up_at is null and claims.seen_at is null
))`,
  message: 'a refund whose claim was seen may have been sent',
})}

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
