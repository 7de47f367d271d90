import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('./failing.ts', import.meta.url))

type Ended = { exit: unknown; stdout: string; stderr: string }

function fail(how: string, ...argv: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...process.execArgv, program, how, ...argv], (error, stdout, stderr) =>
      resolve({ exit: error === null ? 0 : error.code, stdout, stderr }),
    )
  })
}

describe('an uncaught error', () => {
  it('is a sentence with its code and the next command, exit 1, and never its own text (F58)', async () => {
    const { exit, stdout, stderr } = await fail('once', 'rma', 'list')
    assert.deepEqual([exit, stdout], [1, ''])
    assert.match(stderr, /^Error: Internal error in mhloop.*\n {2}Next: .*--verbose/)
    assert.match(stderr, /INTERNAL/)
    assert.doesNotMatch(stderr, /secret|\bat\b.*\.ts/)
  })

  it('is reported although another one follows it at once', async () => {
    const { exit, stderr } = await fail('twice', 'rma', 'list')
    assert.equal(exit, 1)
    assert.equal(stderr.match(/Internal error in mhloop/g)?.length, 1)
  })

  it('is the JSON document where there is none yet', async () => {
    const { exit, stdout, stderr } = await fail('once', 'rma', 'list', '--json')
    assert.deepEqual([exit, JSON.parse(stdout).error.code, stderr], [1, 'INTERNAL', ''])
  })

  it('is reported on stderr after the document was written: there is never a second one', async () => {
    const { exit, stdout, stderr } = await fail('after its document', 'rma', 'list', '--json')
    assert.deepEqual([exit, stdout], [1, '{"data":{}}\n'])
    assert.match(stderr, /INTERNAL/)
  })

  it('is one line of the log of serve, also after its document (H27)', async () => {
    const { exit, stderr } = await fail('after its document', 'serve', '--json')
    const [line, ...more] = stderr.trimEnd().split('\n')
    assert.deepEqual([exit, more], [1, []])
    const { level, event, detail } = JSON.parse(line ?? '')
    assert.deepEqual([level, event], ['error', 'ended'])
    assert.match(detail, /INTERNAL/)
  })
})
