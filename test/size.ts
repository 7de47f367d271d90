/**
 * How much of something a test tries: `daily` in every run of the tests; `full` under `MHLOOP_TEST_SIZE=full`, as
 * `npm run prove -- --only tests` has it (proof/sizes/part.ts).
 */
export function sized(daily: number, full: number): number {
  return process.env['TEST_SIZE'] === 'full' ? full : daily
}
