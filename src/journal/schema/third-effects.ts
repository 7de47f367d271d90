import type { Words } from './sql-words.ts'

/** The effects that move money, as the indexes and rules below have them. */
const isRefund = (row = '') => `${row}kind in ('process', 'remove')`

/**
 * What schema 3 changes in `effects`:
 * - more kinds;
 * - one slot per return for everything that moves money, under whichever kind, unless it was abandoned;
 * - a refund goes back to planned only with its claim (G1), and `parked_because` says why one that was not sent is left
 *   to a person.
 *
 * The table is made with its final checks, so its indexes and rules are made again, for both engines by the same text.
 */
export const thirdEffects = (words: Words) => `
alter table effects add column parked_because ${words.text};
${released.rules.map((name) => words.allow({ name, table: 'effects' })).join('')}
${released.indexes.map((name) => `drop index ${name};`).join('\n')}

${words.recheck({ table: 'effects', ...effects(words) })}

create index effects_by_state on effects (merchant, state);
create index effects_of_refunds on effects (merchant, sent_at) where ${isRefund()};
create index effects_of_refunded_returns on effects (return_id) where ${isRefund()};
create index effects_by_hand on effects (merchant, state) where by_hand = 1;
create unique index refund_of_a_return on effects (merchant, return_id) where ${isRefund()} and state <> 'abandoned';
${rules(words)}
`

/** Those of schema 1. */
const released = {
  rules: ['effects_sent_refund_stays', 'effects_keep_identity', 'effects_refund_is_sent_once'],
  indexes: ['effects_by_state', 'effects_of_refunds', 'effects_of_refunded_returns', 'effects_by_hand'],
}

const effects = ({ sequence, text, ordered }: Words) => ({
  columns: {
    seq: sequence,
    effect_id: `${text} not null unique`,
    merchant: `${text} not null`,
    return_id: `${text} not null`,
    kind: `${text} not null`,
    generation: 'integer not null check (generation >= 0)',
    state: `${text} not null check (
    state in ('planned', 'sent', 'accepted', 'confirmed', 'refused', 'in_doubt', 'parked', 'abandoned')
  )`,
    digest: `${text} not null`,
    payload: `${text} not null`,
    evidence: text,
    actor: `${text} not null`,
    owner: text,
    attempts: 'integer not null check (attempts >= 0)',
    by_hand: 'integer check (by_hand in (0, 1))',
    planned_at: `${text} not null`,
    sent_at: text,
    settled_at: text,
    parked_because: text,
  },
  constraints: [
    'unique (merchant, return_id, kind, generation)',
    `check (state <> 'sent' or (sent_at is not null and owner is not null))`,
    `check (state <> 'planned' or sent_at is null)`,
  ],
  // Under the names that PostgreSQL gave those of schema 1.
  changed: {
    effects_kind_check: `kind in (
    'rma.create', 'rma.update', 'rma.delete', 'process', 'flag', 'note', 'remove', 'grade', 'assess', 'label', 'report'
  )`,
    effects_check: `kind not in ('process', 'remove') or generation = 0`,
  },
  orderedBy: 'seq',
  end: ordered,
})

const rules = ({ refuse }: Words) => `
${refuse({
  name: 'effects_sent_refund_stays',
  table: 'effects',
  before: 'delete',
  when: `${isRefund('old.')} and old.sent_at is not null`,
  message: 'a refund that was sent is never forgotten',
})}

${refuse({
  name: 'effects_keep_identity',
  table: 'effects',
  before: 'update of effect_id, merchant, return_id, kind, generation',
  message: 'an effect keeps its identity',
})}

${refuse({
  name: 'effects_refund_is_sent_once',
  table: 'effects',
  before: 'update of state',
  when: `${isRefund('old.')} and (
  (new.state = 'sent' and old.state <> 'planned')
  or (new.state = 'planned' and old.state not in ('planned', 'sent', 'abandoned'))
)`,
  message: 'a refund is sent at most once',
})}

${refuse({
  name: 'effects_refund_gives_up_its_claim',
  table: 'effects',
  before: 'update of state',
  when: `${isRefund('old.')} and old.state = 'sent' and new.state = 'planned' and exists (
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
  when: `${isRefund('old.')} and old.state <> 'planned' and new.parked_because in ('CLAIMED_ELSEWHERE', 'CLAIM_UNSEEN')
and coalesce(old.parked_because, '') <> new.parked_because and (old.state <> 'sent' or not exists (
  select 1 from claims where claims.effect_id = old.effect_id and claims.given_up_at is null and claims.seen_at is null
))`,
  message: 'a refund whose claim was seen may have been sent',
})}
`
