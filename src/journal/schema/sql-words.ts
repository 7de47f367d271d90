/** The words of the schema that differ between the engines; everything else of it is one text. */
export type Words = {
  /** Type of the column that orders rows: a growing number that the database assigns, and the primary key. */
  sequence: string
  /** Type of text, which is compared byte by byte. */
  text: string
  /** `ordered` follows a table that is ordered by its sequence, `keyed` one that is ordered by its key. */
  ordered: string
  keyed: string
  /** Statements that make the database refuse something, and that remove such a rule. */
  refuse(rule: Rule): string
  allow(rule: Pick<Rule, 'name' | 'table'>): string
}

/** A rule that the database itself enforces, whatever the code above does. */
export type Rule = {
  name: string
  table: string
  before: 'delete' | 'update' | `update of ${string}`
  /** A condition on `old` and `new`; without it, the rule always applies. */
  when?: string
  message: string
}
