import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const optionsIn = (name: string) => {
  const text = readFileSync(new URL(`../../deploy/${name}`, import.meta.url), 'utf8')
  return /^(?:Environment="NODE_OPTIONS=|ENV NODE_OPTIONS="|.*`NODE_OPTIONS=)([^"`]+)["`]/m.exec(text)?.[1]
}

describe('the options of Node.js for memory', () => {
  const options = optionsIn('mhloop.service')

  it('are the same in the unit file, the image and the page about both', () => {
    assert.ok(options)
    assert.equal(optionsIn('Dockerfile'), options)
    assert.equal(optionsIn('README.md'), options)
  })

  it('are accepted by Node.js, and limit its heap', () => {
    const script = 'process.stdout.write(String(require("node:v8").getHeapStatistics().heap_size_limit))'
    const env = { ...process.env, NODE_OPTIONS: options }
    const limit = Number(execFileSync(process.execPath, ['-e', script], { env, encoding: 'utf8' })) / 2 ** 20
    assert.ok(limit >= 512 && limit < 600, String(limit))
  })
})
