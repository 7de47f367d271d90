/** Who acts: always the real user's name, and beside it what the environment claims (G11). */
export type Who = { actor: string; claimedActor: string | null }

/** One switch or setting that somebody has changed, for good. */
export type SettingChange = Who & {
  at: string
  /** null: of all merchants. */
  merchant: string | null
  /** `set`, `added`, `removed`, `paused`, `resumed`, …; with {@link begun} behind it when nobody can tell whether it was stored. */
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

/**
 * Behind what is about to be done, written right before it is stored. Once the same change is written without it, or with
 * {@link withdrawn}, it is no longer told: only a process that died in between leaves it.
 */
export const begun = ' begun'
/** Of what was begun and not done, or done otherwise. */
export const withdrawn = ' withdrawn'

export type SettingChanges = {
  append(changes: readonly SettingChange[]): Promise<void>
  /** Newest first. */
  find(filter: ChangeFilter): Promise<SettingChange[]>
}
