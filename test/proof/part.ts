/** One kind of proof: tries to break mhloop in a given size, and reports what it tried and what broke. */
export type ProofPart = {
  /** Its name for `--only` and for progress: one word. */
  name: string
  /** Its heading in the report. */
  title: string
  /** The unit of its size, in the plural; also the flag that sets it: `histories` is `--histories 1000000`. */
  unit: string
  /**
   * `quick`: at most a minute of one core, for CI. `full`: what docs/proof.md reports. Infinity, or `all` on the
   * command line: everything.
   */
  sizes: { quick: number; full: number }
  /**
   * Never throws for what it finds: that is a violation. Stops soon after the signal, and returns what it has by then.
   */
  prove(options: ProofOptions): Promise<Proved>
}

export type ProofOptions = {
  size: number
  /** The same seed and size try the same cases. */
  seed: number
  /** Reports progress in its own unit; may be called often. */
  progress(done: number, total: number): void
  /** Reports a violation at once, because a run may take hours; the violation must be in the result as well. */
  found(violation: string): void
  signal: AbortSignal
}

export type Proved = {
  /** In the order of the report; keys are whole words for people. */
  figures: Record<string, number | string>
  /** One line for each violation, with what repeats it (a seed, a point). Empty: nothing was found. */
  violations: string[]
}
