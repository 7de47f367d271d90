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
  /**
   * Statements that replace checks of a table, which then has neither index nor rule. In SQLite a check stays for ever,
   * so the table is made anew and its rows are copied.
   */
  recheck(change: Recheck): string
}

/** A table as it is to be. Only `changed` differs from what there is: the conditions of its checks, by name. */
export type Recheck = {
  table: string
  columns: Record<string, string>
  constraints: readonly string[]
  changed: Record<string, string>
  /** The column in whose order the rows are copied. */
  orderedBy: string
  /** What follows the definition. */
  end: string
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
