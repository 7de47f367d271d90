import type { Words } from '../schema/sql-words.ts'

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
}
