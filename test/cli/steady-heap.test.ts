import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'mocha'

/** Holds on to the last three of a hundred pages, 4 MB each, as a long run does; prints the most that the heap ever held. */
const pages = `
const { getHeapStatistics } = await import('node:v8')
const recent = []
let most = 0
for (let page = 0; page < 100; page += 1) {
  recent.push(Array.from({ length: 40_000 }, (_, row) => ({ page, row, text: 'r' + row })))
  if (recent.length > 3) recent.shift()
  most = Math.max(most, getHeapStatistics().used_heap_size)
  await new Promise((resolve) => setImmediate(resolve))
}
process.stdout.write(String(most))
`
const steadyHeap = new URL('../../src/cli/steady-heap.ts', import.meta.url)
const steady = `const { steadyHeap } = await import('${steadyHeap}')
await steadyHeap()
`

describe('The heap of a long run', () => {
  it('stays near to what is alive in it', async () => {
    const megabytes = (await mostHeld(steady + pages)) / 1e6
    assert.ok(megabytes < 60, `${megabytes} MB`)
  })
})

function mostHeld(script: string): Promise<number> {
  const argv = ['--input-type=module', '--eval', script]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, argv, (error, stdout) => (error === null ? resolve(Number(stdout)) : reject(error)))
  })
}
