/** Hostile text in the log of `serve` (F56). */
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { createIo } from '../../src/cli/io/io.ts'
import { createLog } from '../../src/cli/io/log.ts'

/** Everything on which a terminal, an editor or a log viewer would act; a line feed ends the line. */
const acted =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u

function logged(detail: string): string {
  const stderr = new PassThrough()
  const io = createIo({
    argv: [],
    env: {},
    stdin: Object.assign(new PassThrough(), { isTTY: false }),
    stdout: new PassThrough(),
    stderr,
    prompter: {} as never,
    onInterrupt: () => () => undefined,
  })
  createLog(io)({ level: 'warn', event: 'refund parked', merchant: 'acme', detail })
  return String(stderr.read() ?? '')
}

describe('the log (F56)', () => {
  it('F56: is one line of JSON for each entry, whatever it contains (property)', () => {
    const hostile = fc.array(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('\u001b[2J', '\u202e', '\n', '\r', '\u2028', '\u009b', '\u200b', '"}'),
      ),
    )
    fc.assert(
      fc.property(hostile, (parts) => {
        const line = logged(parts.join(''))
        assert.equal(line.split('\n').length, 2)
        assert.doesNotMatch(line, acted)
        const entry = JSON.parse(line)
        assert.deepEqual(Object.keys(entry), ['level', 'time', 'merchant', 'event', 'detail'])
      }),
      { numRuns: 300 },
    )
  })
})
