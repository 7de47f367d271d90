/** What the engines say differently when tables are made; everything else of the schema is one text. */
export type Words = {
  /** Type of the number that tells the order of rows: given by the database, growing, the primary key. */
  sequence: string
  /** Type of text, compared byte by byte. */
  text: string
  /** After a table that is ordered by its sequence, and after one that is ordered by its key. */
  ordered: string
  keyed: string
  /** Statements that make the database refuse something, and take that back. */
  refuse(rule: Rule): string
  allow(rule: Pick<Rule, 'name' | 'table'>): string
}

/** A rule that the database itself holds, whatever the code above does. */
export type Rule = {
  name: string
  table: string
  before: 'delete' | 'update' | `update of ${string}`
  /** Speaks of `old` and `new`; without it, always. */
  when?: string
  message: string
}
