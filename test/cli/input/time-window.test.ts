import assert from 'node:assert/strict'
import fc from 'fast-check'
import { closedWindow, readTimestamp, windowOf } from '../../../src/cli/input/time-window.ts'
import { exitCodes, Fault } from '../../../src/core/errors/fault.ts'

const now = new Date('2026-11-20T10:12:30.000Z')
const since = (text: string) => readTimestamp('--since', text, now, 'first')

function isUsage(error: unknown): error is Fault {
  return error instanceof Fault && error.exit === exitCodes.usage
}

describe('moments', () => {
  for (const [typed, read] of [
    ['2026-11-01T08:00:00Z', '2026-11-01T08:00:00.000Z'],
    ['2026-11-01T08:00:00+01:00', '2026-11-01T07:00:00.000Z'],
    ['2026-11-01t08:00:00.25z', '2026-11-01T08:00:00.250Z'],
    [' 2026-11-01 ', '2026-11-01T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['90m', '2026-11-20T08:42:30.000Z'],
    ['12h', '2026-11-19T22:12:30.000Z'],
    ['7d', '2026-11-13T10:12:30.000Z'],
    ['2w', '2026-11-06T10:12:30.000Z'],
  ] as const) {
    it(`reads ${typed}`, () => assert.equal(since(typed), read))
  }

  it('a date as the end of a window includes that day', () => {
    assert.equal(readTimestamp('--until', '2026-11-19', now, 'last'), '2026-11-19T23:59:59.999Z')
  })

  for (const typed of [
    '',
    '7',
    'd',
    '0d',
    '-7d',
    '7 d',
    '7y',
    '1.5h',
    'yesterday',
    'now',
    '2026-11',
    '2026-1-1',
    '01/11/2026',
    '20261101',
    '2026-02-29',
    '2026-02-30',
    '2026-13-01',
    '2026-11-31T00:00:00Z',
    '2026-11-01T08:00:00',
    '2026-11-01 08:00:00Z',
    '2026-11-01T24:00:00Z',
    '2026-11-01T08:60:00Z',
    '2026-11-01T08:00Z',
    '1700000000',
    '999999w',
  ]) {
    it(`refuses "${typed}", naming the flag and what it takes (loop.md §4.1: Loop would take it for 1970)`, () => {
      assert.throws(
        () => since(typed),
        (error) =>
          isUsage(error) &&
          error.message.startsWith('Invalid --since "') &&
          /RFC 3339.*90m, 12h, 7d, 2w/.test(error.hint ?? ''),
      )
    })
  }

  it('whatever is typed is a moment in RFC 3339 UTC, or a usage fault', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9TZ:+mhdw.-]{1,25}$/)), (text) => {
        try {
          assert.match(since(text), /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
        } catch (error) {
          assert.ok(isUsage(error), String(error))
        }
      }),
    )
  })

  it('reads back every moment that it writes', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1971-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
        (timestamp) => {
          assert.equal(since(timestamp.toISOString()), timestamp.toISOString())
        },
      ),
    )
  })
})

describe('windows', () => {
  it('what was not typed is absent', () => {
    assert.deepEqual(windowOf({}, now), {})
    assert.deepEqual(windowOf({ since: '1d' }, now), { since: '2026-11-19T10:12:30.000Z' })
    assert.deepEqual(windowOf({ until: '1d' }, now), { until: '2026-11-19T10:12:30.000Z' })
  })

  it('one day is a window', () => {
    assert.deepEqual(windowOf({ since: '2026-11-19', until: '2026-11-19' }, now), {
      since: '2026-11-19T00:00:00.000Z',
      until: '2026-11-19T23:59:59.999Z',
    })
  })

  it('a begin that is yet to come is refused', () => {
    assert.throws(() => windowOf({ since: '2026-11-21' }, now), isUsage)
  })

  it('a window that ends before it begins is refused', () => {
    assert.throws(() => windowOf({ since: '1d', until: '2d' }, now), isUsage)
    assert.throws(() => windowOf({ since: '1d', until: '1d' }, now), isUsage)
  })

  it('reaches back from its end without --since', () => {
    assert.deepEqual(closedWindow({}, now, 7), { from: '2026-11-13T10:12:30.000Z', to: '2026-11-20T10:12:30.000Z' })
    assert.equal(closedWindow({ until: '2026-11-10T00:00:00.000Z' }, now, 7).from, '2026-11-03T00:00:00.000Z')
    assert.equal(closedWindow({ since: '2026-11-10T00:00:00.000Z' }, now, 7).from, '2026-11-10T00:00:00.000Z')
  })
})
