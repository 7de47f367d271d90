/**
 * Schemas whose test is over, for the journal of the next test: the tables, triggers and functions of a new one take
 * several times as long as most tests of it. One that a test has changed is dropped instead.
 */
import type pg from 'pg'
import { asOwner, freshPlace, type Place } from './server.ts'

const spare: Place[] = []
let untouched: string | null = null

/** A schema without a row of anybody else; with the tables of a journal, if there is one to spare. */
export async function usablePlace(): Promise<Place> {
  return spare.pop() ?? (await freshPlace())
}

/** Once a journal was made in a fresh schema, every later one must look like it. */
export async function rememberUntouched({ schema }: Place): Promise<void> {
  untouched ??= await asOwner((client) => shapeOf(client, schema))
}

/** Nobody uses it any more. */
export async function giveBack(place: Place): Promise<void> {
  try {
    const shape = await asOwner(async (client) => {
      await empty(client, place.schema)
      return await shapeOf(client, place.schema)
    })
    if (shape === untouched) return void spare.push(place)
  } catch {
    // Whoever owns the server may not allow it, or the test has taken a table away.
  }
  await place.drop()
}

/** At the end of a `describe`: a server that is not ours keeps nothing of us. */
export async function dropSpare(): Promise<void> {
  for (const place of spare.splice(0)) await place.drop()
}

/** The rules that keep history and sent refunds from being deleted are off for this one transaction. */
async function empty(client: pg.Client, schema: string): Promise<void> {
  await client.query(`do $$ begin
    perform set_config('session_replication_role', 'replica', true);
    execute (select 'truncate ' || string_agg(format('%I.%I', schemaname, tablename), ', ') || ' restart identity'
      from pg_tables where schemaname = '${schema}' and tablename <> 'meta');
    update ${schema}.meta set value = gen_random_uuid()::text where name = 'installation_id';
  end $$`)
}

/** What a test could have changed: columns, indexes, rules, functions, and the rows of `meta`. */
async function shapeOf(client: pg.Client, schema: string): Promise<string> {
  const { rows } = await client.query(`select md5(string_agg(line, e'\\n' order by line)) as shape from (
    select concat_ws(' ', c.relname, c.relkind, a.attname, a.atttypid, a.attnotnull) as line
      from pg_class c join pg_attribute a on a.attrelid = c.oid where c.relnamespace = '${schema}'::regnamespace
    union all select concat_ws(' ', c.relname, t.tgname, t.tgenabled)
      from pg_trigger t join pg_class c on c.oid = t.tgrelid
      where c.relnamespace = '${schema}'::regnamespace and not t.tgisinternal
    union all select concat_ws(' ', conname, contype) from pg_constraint where connamespace = '${schema}'::regnamespace
    union all select concat_ws(' ', proname, prosrc) from pg_proc where pronamespace = '${schema}'::regnamespace
    union all select concat_ws(' ', name, case name when 'installation_id' then '' else value end) from ${schema}.meta
  ) as lines`)
  return rows[0].shape
}
