import type { Words } from './sql-words.ts'

/**
 * Schema 2: what several processes share. One process at a time takes a message, all processes with a credential share
 * its permits, and a merchant whose journal came from a backup is in quarantine. A return whose shopper is forgotten is
 * marked: only its history may be deleted (F64).
 */
export const secondSchema = ({ text, keyed, refuse, allow }: Words) => `
alter table events add column owner ${text};
create index events_taken on events (merchant, owner) where owner is not null;

create table turns (
  credential ${text} primary key,
  given ${text} not null,
  paused_until ${text}
)${keyed};

create table quarantines (
  merchant ${text} primary key,
  reason ${text} not null,
  actor ${text} not null,
  since ${text} not null,
  released_at ${text}
)${keyed};

alter table links add column forgotten_at ${text};

${allow({ name: 'history_is_not_deleted', table: 'history' })}
${refuse({
  name: 'history_is_not_deleted',
  table: 'history',
  before: 'delete',
  when: `not exists (
  select 1 from links
  where links.merchant = old.merchant and links.return_id = old.return_id and links.forgotten_at is not null
)`,
  message: 'history is append-only',
})}
`
