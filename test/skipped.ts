/** Skips a test and says why, because a test that is skipped silently looks as if it had passed. */
export function skipped(test: Mocha.Context, why: string): never {
  process.stderr.write(`skipped: ${why}\n`)
  return test.skip()
}
