/**
 * How much a test tries: `daily` in every run of the tests; `full` with `MHLOOP_TEST_SIZE=full`, as in `npm run prove
 * -- --only tests` (proof/sizes/part.ts).
 */
export function sized(daily: number, full: number): number {
  return process.env['TEST_SIZE'] === 'full' ? full : daily
}
