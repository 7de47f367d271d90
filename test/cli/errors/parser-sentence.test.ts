import assert from 'node:assert/strict'
import { parserSentence } from '../../../src/cli/errors/parser-sentence.ts'
import { runMhloop } from '../../run.ts'

describe('what the parser of the command line reports', () => {
  const typed: [argv: string, message: string][] = [
    ['rma resolve 5 --refund --flag', '--flag and --refund cannot be used together.'],
    ['rma resolve 5 --refund --reason why', '--reason needs --force or --only-arrived.'],
    ['rma resolve 5 --refund --unit 7', '--unit needs --only-arrived.'],
    ['rma resolve 5 --note', '--note expects a value.'],
    ['asn list --format xml', '--format=xml is not one of: table, csv, ndjson, json.'],
    ['asn list --format', '--format expects one of: table, csv, ndjson, json.'],
    ['sandbox start --port abc', '--port expects a whole number.'],
    ['sandbox start --port -1', '--port must be at least 0.'],
    ['sandbox start --port 70000', '--port must be at most 65535.'],
    ['asn list -m a -m b', '--merchant can be given only once.'],
    ['autocomplete nosuch', 'The argument must be one of: bash, zsh, fish, powershell.'],
  ]
  for (const [argv, message] of typed) {
    it(`mhloop ${argv}: “${message}”`, async () => {
      const { exit, json } = await runMhloop(`${argv} --json`)
      assert.deepEqual([exit, json().error.message], [2, message])
    })
  }
  it('keeps a report that it does not know, as one sentence', () => {
    assert.equal(parserSentence('Something\n  else\nSee more help with --help'), 'Something. else.')
  })
})
