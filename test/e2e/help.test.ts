/** Compares help, documents and an 80-column terminal with what the commands really are. */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { displayWidth } from '../../src/cli/output/width.ts'
import { helpTopics } from '../../src/cli/program/help-topics.ts'
import { exitCodes } from '../../src/core/errors/fault.ts'
import { onBench } from '../commands/bench.ts'
import { schemaNames } from '../commands/schemas.ts'
import { configOfSource, runMhloop } from '../run.ts'
import { argvsIn, assertParses } from './shell-lines.ts'

describe('help', () => {
  it('of every command fits 80 columns and contains summary, examples, what it does, exit codes and flags', async () => {
    const { commands } = await configOfSource()
    for (const { id, summary = '' } of commands) {
      const words = id.split(':')
      const { exit, stdout, stderr } = await runMhloop([...words, '--help'], { tty: true })
      assert.deepEqual([exit, stderr], [0, ''], id)
      const unwrapped = stdout.replace(/\s+/g, ' ')
      assert.ok(stdout.startsWith(summary), id)
      for (const part of ['USAGE', 'EXAMPLES', 'DESCRIPTION', 'GLOBAL FLAGS'])
        assert.match(stdout, new RegExp(`^${part}$`, 'm'))
      assert.match(unwrapped, /Exit codes?: /, id)
      assert.equal(stdout.split(summary).length, 2, `${id}: the summary once`)
      for (const line of stdout.split('\n')) {
        // An example is never wrapped, because it is there to be copied.
        if (!line.startsWith('  $ ')) assert.ok(displayWidth(line) <= 80, `${id}: ${line}`)
      }
    }
  })

  it('has two examples of every command, and each of them parses', async () => {
    const { commands } = await configOfSource()
    for (const command of commands) {
      const { stdout } = await runMhloop([...command.id.split(':'), '--help'])
      const examples = [...stdout.matchAll(/^ {2}\$ (.+)$/gm)].map(([, text]) => text ?? '').slice(1)
      const ours = examples.flatMap((example) => argvsIn(example)).filter((argv) => belongsTo(command.id, argv))
      assert.ok(ours.length >= 2, `${command.id}: ${examples.join(' / ')}`)
      for (const argv of ours) await assertParses(argv)
    }
  })

  function belongsTo(id: string, argv: readonly string[]): boolean {
    return id.split(':').every((word, index) => argv[index] === word)
  }

  it('in README.md and docs/ names commands and flags that exist', async () => {
    const { commands } = await configOfSource()
    const names = commands.map(({ id }) => id.replaceAll(':', ' '))
    const topics = new Set(
      names.flatMap((name) => name.split(' ').map((_, count, all) => all.slice(0, count).join(' '))),
    )
    for (const file of ['README.md', 'docs/cli.md', 'docs/ci.md', 'docs/assumptions.md', 'CONTRIBUTING.md']) {
      const text = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8')
      for (const [, call = ''] of text.matchAll(/`(?:[A-Z_]+=\S+ )*mhloop ((?:[a-z-]+ ?)+)/g)) {
        const words = call.trim().split(' ')
        const known =
          words[0] === 'help' || words.some((_, index) => names.includes(words.slice(0, index + 1).join(' ')))
        assert.ok(known || topics.has(words.join(' ')), `${file}: mhloop ${call}`)
      }
    }
  })

  it('topics fit 80 columns', async () => {
    for (const { text } of Object.values(helpTopics)) {
      const whole = typeof text === 'string' ? text : await text()
      for (const line of whole.split('\n')) assert.ok(displayWidth(line) <= 80, line)
    }
  })

  it('docs/cli.md names every document, and with the help topic every environment variable that the sources read', async () => {
    const contract = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8')
    for (const name of schemaNames.filter((one) => one !== 'error')) {
      const [verb = '', ...topic] = name.split('.').toReversed()
      assert.ok(contract.includes(`\`${name}\``) || (topic.length > 0 && contract.includes(`, \`.${verb}\``)), name)
    }
    const sources = globSync('src/**/*.ts', { cwd: fileURLToPath(new URL('../../', import.meta.url)) })
    const texts = await Promise.all(sources.map((file) => readFile(new URL(`../../${file}`, import.meta.url), 'utf8')))
    const variables = new Set(texts.join('\n').match(/\bMHLOOP_[A-Z_]+\b/g))
    assert.ok(variables.size > 10)
    for (const variable of variables) {
      assert.ok(contract.includes(variable), `docs/cli.md: ${variable}`)
      assert.ok(String(helpTopics.environment?.text).includes(variable), `help environment: ${variable}`)
    }
    for (const code of Object.values(exitCodes)) assert.match(contract, new RegExp(`^\\| \`${code}\` \\|`, 'm'))
  })

  it('has colour on a terminal only, and never with NO_COLOR or --no-color', async () => {
    const colour = /\u001b\[/
    const text = async (argv: string, options: Parameters<typeof runMhloop>[1]) => {
      const run = await runMhloop(argv, options)
      return run.stdout + run.stderr
    }
    for (const argv of ['merchant list', 'rma show', 'merchant show nobody', 'version', 'help exit-codes']) {
      for (const options of [
        { env: { NO_COLOR: '1' }, tty: true },
        { env: { NO_COLOR: '' } },
        { env: { NO_COLOR: '1', FORCE_COLOR: '1' }, tty: true },
      ]) {
        assert.doesNotMatch(await text(argv, options), colour, `${argv} ${JSON.stringify(options)}`)
      }
      assert.doesNotMatch(
        await text(`${argv} --no-color`, { env: { NO_COLOR: '', FORCE_COLOR: '1' }, tty: true }),
        colour,
      )
    }
    assert.match(await text('merchant show nobody', { env: { NO_COLOR: '' }, tty: true }), colour)
    assert.doesNotMatch(await text('merchant show nobody', { env: { NO_COLOR: '', TERM: 'dumb' }, tty: true }), colour)
  })
})

describe('a terminal of 80 columns', () => {
  const bench = onBench()
  it('is never overrun, whatever the command, and a question has its own line', async () => {
    const { file, sandbox } = bench()
    const orderName = '#WHOLESALE-EU-2026-000000001234'
    const good = file({
      orderName,
      units: [{ sku: 'JEAN-IND-32', quantity: 20, reason: 'Too small and too short', parentReason: 'Size' }],
    })
    const bad = file()
    file({ label: { after: 'never' } })
    file({ units: [{ sku: `NO-SUCH-SKU-${'LONG-'.repeat(20)}` }] })
    const env = { MHLOOP_REFUNDS: 'on' }
    const drawn = async (argv: string, answers: boolean[] = []) => {
      const run = await bench().run(argv, { env, tty: true, answers })
      for (const line of `${run.stdout}${run.stderr}`.replaceAll('\r\u001b[K', '\n').split('\n')) {
        assert.ok(displayWidth(line) <= 80, `${argv}: ${line}`)
      }
      return run
    }
    for (const argv of [
      'asn list',
      'asn sync --dry-run',
      'asn sync',
      'rma list',
      `rma show ${good}`,
      'mapping audit',
    ]) {
      await drawn(argv)
    }
    sandbox.masonhub.warehouse.receive(good)
    sandbox.masonhub.warehouse.receive(bad, {
      lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'damaged', quantity: 1, notes: 'a hole '.repeat(30) }] }],
    })
    await drawn('rma resolve --ready --dry-run')
    const resolved = await drawn('rma resolve --ready', [true])
    assert.equal(resolved.exit, 0, resolved.stderr)
    assert.match(resolved.stderr, /refund {2,}\d+\.\d\d USD/)
    for (const argv of [
      `rma show ${good}`,
      `rma show ${bad}`,
      `rma history ${bad}`,
      'refunds status',
      'journal status',
      'doctor',
      'doctor --only nothing',
      'merchant show',
      'merchant list',
      'rma show 424242',
      'mapping audit --only NOPE',
      'asn list --state no',
    ]) {
      await drawn(argv)
    }
  })
})
