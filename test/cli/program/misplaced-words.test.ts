import assert from 'node:assert/strict'
import { configOfSource, runMhloop } from '../../run.ts'

describe('words of a command in the wrong place', () => {
  const misplaced: [argv: string, next: string][] = [
    ['asn -m acme sync', 'mhloop asn sync -m acme'],
    ['rma -m acme show 99904598', 'mhloop rma show -m acme 99904598'],
    ['merchant --json list', 'mhloop merchant list --json'],
    ['mapping -m acme reasons list', 'mhloop mapping reasons list -m acme'],
    ['merchant acme list', 'mhloop merchant list --help'],
  ]
  for (const [argv, next] of misplaced) {
    it(`mhloop ${argv}: exit 2 with what to type`, async () => {
      const { exit, stdout, stderr } = await runMhloop(argv)
      assert.equal(exit, 2)
      assert.match(argv.includes('--json') ? stdout : stderr, /Type\sthe\swords\sof\sa\scommand\stogether/)
      const machine = await runMhloop(argv.includes('--json') ? argv : `${argv} --json`)
      const isRepeated = !argv.includes('--json') && !next.endsWith('--help')
      assert.equal(machine.json().error.hint, isRepeated ? `${next} --json` : next)
    })
  }
  it('nothing is guessed where two commands may be meant', async () => {
    const { exit, stderr } = await runMhloop('asn -m sync list')
    assert.equal(exit, 2)
    assert.match(stderr, /needs a verb/)
  })
  it('repeats nothing that may be a secret (F59)', async () => {
    for (const argv of ['merchant --api-key canary list', 'merchant --loop-key=canary list', 'merchant list canary']) {
      const { exit, stdout, stderr } = await runMhloop(`${argv}`)
      assert.equal(exit, 2)
      assert.doesNotMatch(stdout + stderr, /canary/)
    }
  })
  it('a flag behind a topic is no request for help: exit 2', async () => {
    const { exit, stderr } = await runMhloop('asn --verbose')
    assert.equal(exit, 2)
    assert.match(stderr, /needs a verb/)
  })
})

describe('an argument too many', () => {
  it('says that the command takes none, and where a merchant or an ID goes', async () => {
    const { exit, stderr } = await runMhloop('rma list 99904598')
    assert.equal(exit, 2)
    assert.match(
      stderr,
      /Too many arguments: `mhloop rma list` takes none; a merchant is named with -m NAME, and `mhloop rma show ID`/,
    )
  })
  it('says so for every command that takes none', async () => {
    const { commands } = await configOfSource()
    for (const { id, args } of commands) {
      if (Object.keys(args).length > 0) continue
      const name = id.replaceAll(':', ' ')
      const { exit, json } = await runMhloop(`${name} superfluous --json`)
      assert.equal(exit, 2, name)
      assert.match(json().error.message, /Too many arguments: .* takes none/, name)
    }
  })
  it('says that blanks need quotes where one ID is taken', async () => {
    const { exit, stderr } = await runMhloop('rma show Order 1015')
    assert.equal(exit, 2)
    assert.match(stderr, /accepts only ID\. An argument with spaces needs quotes\./)
  })
  it('a missing ID may have begun with #, which the shell takes for a comment', async () => {
    const { exit, stderr } = await runMhloop('rma show -m acme')
    assert.equal(exit, 2)
    assert.match(stderr, /Missing: ID\. An order name needs quotes, since # begins a comment: "#1015"\./)
  })
})

describe('a command with colons', () => {
  it('is the same as with blanks, with its arguments', async () => {
    const { exit, stderr } = await runMhloop('rma:show 5 superfluous')
    assert.equal(exit, 2)
    assert.match(stderr, /Too many arguments/)
    assert.equal((await runMhloop('help rma:show')).exit, 0)
    assert.match((await runMhloop('mapping:reasons')).stdout, /reasons set/)
  })
})
