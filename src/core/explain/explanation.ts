/** What a code means and what to do about it, one sentence each. Commands are complete; NAME, ID are placeholders. */
export type Explanation = { means: string; next: string }
