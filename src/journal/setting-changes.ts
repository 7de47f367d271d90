/** Who acts: always the real user's name, and beside it what the environment claims (G11). */
export type Who = { actor: string; claimedActor: string | null }

/** One switch or setting that somebody has changed, for good. */
export type SettingChange = Who & {
  at: string
  /** null: of all merchants. */
  merchant: string | null
  /** `set`, `added`, `removed`, `paused`, `resumed`, … */
  what: string
  /** Its key; null when the merchant as a whole was changed. */
  setting: string | null
  /** As text; of a secret never its value. null: there was nothing. */
  before: string | null
  after: string | null
  reason: string | null
}

export type ChangeFilter = {
  /** Theirs, and what holds for all merchants; absent: everything. */
  merchants?: readonly string[]
  settings?: readonly string[]
  since?: string
  until?: string
  limit: number
}

export type SettingChanges = {
  append(changes: readonly SettingChange[]): Promise<void>
  /** Newest first. */
  find(filter: ChangeFilter): Promise<SettingChange[]>
}
