/** What a code means, and what to do about it: a sentence each. Commands are complete; NAME and ID stand for what is meant. */
export type Explanation = { means: string; next: string }
