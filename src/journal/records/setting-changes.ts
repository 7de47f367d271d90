/** Who acts: always the real user's name, and beside it what the environment claims (G11). */
export type Who = { actor: string; claimedActor: string | null }

/** One change of a switch or setting, recorded for good. */
export type SettingChange = Who & {
  at: string
  /** null: all merchants. */
  merchant: string | null
  /** `set`, `added`, `removed`, `paused`, `resumed`, …; followed by {@link begun} when it may not have been stored. */
  what: string
  /** The setting's key; null when the merchant as a whole was changed. */
  setting: string | null
  /** As text; never the value of a secret. null: there was none. */
  before: string | null
  after: string | null
  reason: string | null
}

export type ChangeFilter = {
  /** Their changes, and those for all merchants; absent: everything. */
  merchants?: readonly string[]
  settings?: readonly string[]
  since?: string
  until?: string
  limit: number
}

/**
 * Ends the `what` of a change that is about to be stored. Once the same change is recorded without it, or with {@link
 * withdrawn}, that row is no longer shown: it stays only if the process died in between.
 */
export const begun = ' begun'
/** Ends the `what` of a change that was begun and not made, or made otherwise. */
export const withdrawn = ' withdrawn'

export type SettingChanges = {
  append(changes: readonly SettingChange[]): Promise<void>
  /** Newest first. */
  find(filter: ChangeFilter): Promise<SettingChange[]>
}
