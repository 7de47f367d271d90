/** One kind of proof: something that tries to break mhloop at a size, and says what it tried and what broke. */
export type ProofPart = {
  /** What `--only` and progress call it: one word. */
  name: string
  /** Its heading in the report. */
  title: string
  /** What its size counts, in the plural; also the flag that sets it: `histories` is `--histories 1000000`. */
  unit: string
  /** `quick`: at most a minute of one core, for CI. `full`: what docs/proof.md is held to. Infinity, `all` on the command line: whatever there is. */
  sizes: { quick: number; full: number }
  /** Never throws for what it finds wrong: that is a violation. Stops soon after the signal, and tells what it has by then. */
  prove(options: ProofOptions): Promise<Proved>
}

export type ProofOptions = {
  size: number
  /** The same seed and size try the same things. */
  seed: number
  /** How far it is, in its own unit; may be called often. */
  progress(done: number, total: number): void
  /** Tells a violation at once, because a run may take hours; it belongs into what is proved all the same. */
  found(violation: string): void
  signal: AbortSignal
}

export type Proved = {
  /** In the order in which the report prints them; keys are whole words for people. */
  figures: Record<string, number | string>
  /** What must never be, one line each, with whatever repeats it (a seed, a point). Empty: nothing was found. */
  violations: string[]
}
