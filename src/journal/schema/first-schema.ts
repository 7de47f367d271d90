import type { Words } from './sql-words.ts'

/**
 * Schema 1. The database itself refuses what must never happen, whatever the code above does: a second refund row for a
 * return, deleting a refund that was sent, rewriting history. Its words stay as they were, whatever the code adds later.
 */
export const firstSchema = ({ sequence, text, ordered, keyed, refuse }: Words) => `
create table meta (
  name ${text} primary key,
  value ${text} not null
)${keyed};

create table effects (
  seq ${sequence},
  effect_id ${text} not null unique,
  merchant ${text} not null,
  return_id ${text} not null,
  kind ${text} not null check (kind in ('rma.create', 'rma.update', 'rma.delete', 'process', 'flag', 'note')),
  generation integer not null check (generation >= 0),
  state ${text} not null check (
    state in ('planned', 'sent', 'accepted', 'confirmed', 'refused', 'in_doubt', 'parked', 'abandoned')
  ),
  digest ${text} not null,
  payload ${text} not null,
  evidence ${text},
  actor ${text} not null,
  owner ${text},
  attempts integer not null check (attempts >= 0),
  by_hand integer check (by_hand in (0, 1)),
  planned_at ${text} not null,
  sent_at ${text},
  settled_at ${text},
  unique (merchant, return_id, kind, generation),
  check (kind <> 'process' or generation = 0),
  check (state <> 'sent' or (sent_at is not null and owner is not null)),
  check (state <> 'planned' or sent_at is null)
)${ordered};
create index effects_by_state on effects (merchant, state);
create index effects_of_refunds on effects (merchant, sent_at) where kind = 'process';
create index effects_of_refunded_returns on effects (return_id) where kind = 'process';
create index effects_by_hand on effects (merchant, state) where by_hand = 1;

${refuse({
  name: 'effects_sent_refund_stays',
  table: 'effects',
  before: 'delete',
  when: `old.kind = 'process' and old.sent_at is not null`,
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
  when: `old.kind = 'process' and (
  (new.state = 'sent' and old.state <> 'planned')
  or (new.state = 'planned' and old.state not in ('planned', 'sent', 'abandoned'))
)`,
  message: 'a refund is sent at most once',
})}

create table links (
  merchant ${text} not null,
  return_id ${text} not null,
  customer_identifier ${text} not null,
  order_name ${text},
  ordinal integer not null check (ordinal >= 1),
  standing ${text} not null,
  reason ${text},
  announced ${text},
  return_updated_at ${text},
  first_seen_at ${text} not null,
  last_seen_at ${text} not null,
  primary key (merchant, return_id)
)${keyed};
create index links_by_order on links (merchant, order_name, ordinal);
create index links_by_standing on links (merchant, standing);

create table history (
  seq ${sequence},
  at ${text} not null,
  merchant ${text} not null,
  return_id ${text} not null,
  actor ${text} not null,
  what ${text} not null,
  kind ${text},
  effect_id ${text},
  message ${text} not null
)${ordered};
create index history_of_return on history (merchant, return_id, seq);

${refuse({
  name: 'history_is_not_rewritten',
  table: 'history',
  before: 'update',
  message: 'history is append-only',
})}

${refuse({
  name: 'history_is_not_deleted',
  table: 'history',
  before: 'delete',
  message: 'history is append-only',
})}

create table cursors (
  merchant ${text} not null,
  name ${text} not null,
  position ${text} not null,
  primary key (merchant, name)
)${keyed};

create table leases (
  merchant ${text} not null,
  subject ${text} not null,
  owner ${text} not null,
  expires_at ${text} not null,
  primary key (merchant, subject)
)${keyed};

create table pauses (
  merchant ${text} primary key,
  reason ${text} not null,
  actor ${text} not null,
  at ${text} not null
)${keyed};

create table events (
  seq ${sequence},
  event_id ${text} not null unique,
  merchant ${text} not null,
  source ${text} not null check (source in ('loop', 'masonhub')),
  digest ${text} not null,
  topic ${text},
  return_id ${text},
  body ${text} not null,
  state ${text} not null check (state in ('new', 'done', 'quarantined')),
  reason ${text},
  tries integer not null check (tries >= 0),
  next_try_at ${text},
  received_at ${text} not null,
  settled_at ${text},
  unique (merchant, source, digest),
  check ((state = 'new') = (settled_at is null))
)${ordered};
create index events_by_state on events (state, merchant, received_at);
create index events_by_time on events (merchant, received_at);
create index events_of_return on events (merchant, return_id);
create index events_with_body on events (received_at) where body <> '';
`
