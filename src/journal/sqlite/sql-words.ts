import type { Recheck, Words } from '../schema/sql-words.ts'

export const sqliteWords: Words = {
  sequence: 'integer primary key autoincrement',
  text: 'text',
  ordered: ' strict',
  keyed: ' strict, without rowid',
  refuse: ({ name, table, before, when, message }) => `
create trigger ${name} before ${before} on ${table}${when === undefined ? '' : `\nwhen ${when}`}
begin
  select raise(abort, '${message}');
end;
`,
  allow: ({ name }) => `drop trigger ${name};`,
  recheck,
}

/** The way that SQLite recommends (sqlite.org/lang_altertable.html), in the transaction of the migration (F48). */
function recheck({ table, columns, constraints, changed, orderedBy, end }: Recheck): string {
  const anew = `${table}_anew`
  const names = Object.keys(columns).join(', ')
  const lines = [
    ...Object.entries(columns).map(([name, definition]) => `${name} ${definition}`),
    ...constraints,
    ...Object.entries(changed).map(([name, condition]) => `constraint ${name} check (${condition})`),
  ]
  // Numbers continue where they were, even if the last rows were deleted.
  return `
create table ${anew} (
  ${lines.join(',\n  ')}
)${end};
insert into ${anew} (${names}) select ${names} from ${table} order by ${orderedBy};
delete from sqlite_sequence where name = '${anew}';
insert into sqlite_sequence (name, seq) select '${anew}', seq from sqlite_sequence where name = '${table}';
drop table ${table};
alter table ${anew} rename to ${table};
`
}
