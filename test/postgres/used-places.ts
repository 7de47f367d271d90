/**
 * Reuses the schemas of finished tests for the journals of later ones: creating tables, triggers and functions takes
 * several times as long as most tests of the journal. A schema that a test has changed is dropped instead.
 */
import type pg from 'pg'
import { asOwner, freshPlace, type Place } from './server.ts'

const spare: Place[] = []
let untouched: string | null = null

/** An empty schema; with the tables of a journal, if a used one is available. */
export async function usablePlace(): Promise<Place> {
  return spare.pop() ?? (await freshPlace())
}

/** Remembers what a fresh journal's schema looks like, so that later ones can be compared with it. */
export async function rememberUntouched({ schema }: Place): Promise<void> {
  untouched ??= await asOwner((client) => shapeOf(client, schema))
}

/** Called when nothing uses the schema any more. */
export async function giveBack(place: Place): Promise<void> {
  try {
    const shape = await asOwner(async (client) => {
      await empty(client, place.schema)
      return await shapeOf(client, place.schema)
    })
    if (shape === untouched) return void spare.push(place)
  } catch {
    // The server's owner may not allow it, or the test may have dropped a table.
  }
  await place.drop()
}

/** At the end of a `describe`: leaves nothing on a server that is not ours. */
export async function dropSpare(): Promise<void> {
  for (const place of spare.splice(0)) await place.drop()
}

/** For this one transaction, the rules that protect history and sent refunds are off. */
async function empty(client: pg.Client, schema: string): Promise<void> {
  await client.query(`do $$ begin
    perform set_config('session_replication_role', 'replica', true);
    execute (select 'truncate ' || string_agg(format('%I.%I', schemaname, tablename), ', ') || ' restart identity'
      from pg_tables where schemaname = '${schema}' and tablename <> 'meta');
    update ${schema}.meta set value = gen_random_uuid()::text where name = 'installation_id';
  end $$`)
}

/** Everything that a test could have changed: columns, indexes, rules, functions, and the rows of `meta`. */
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
