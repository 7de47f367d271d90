/** Every command that one of our sentences names must exist and accept its arguments, so that it works when pasted. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { displayWidth } from '../../src/cli/output/width.ts'
import { lastCommandAt, merchantCommands, withMerchant } from '../../src/core/errors/next-command.ts'
import { onBench } from '../commands/bench.ts'
import { configOfSource, type RunOptions } from '../run.ts'
import { assertComplete, assertParses, callsIn } from './shell-lines.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** A string or template of the sources; a return id stands for what is only known at run time. */
type Sentence = { where: string; text: string; line: string }

/** Substitutions that are no id. */
const samples: Record<string, string> = {
  resume: '--all-merchants',
  named: ' -m acme',
  'this.vendor': 'loop',
}

/** Texts that contain `mhloop` and are not meant to be typed. */
const exceptions: readonly string[] = [
  '# Merchants of mhloop, in the format that `mhloop merchant apply -f` reads. Whatever is left out takes its default.',
  'mhloop sandbox',
  'Merchant to use; default: the one selected with `mhloop merchant use`',
  // It is for the merchant of the environment.
  '# Then:  mhloop sandbox seed && mhloop asn sync && mhloop sandbox receive --all && mhloop rma resolve --ready',
  '       established                                              mhloop rma show',
]

/** The strings of a file that name a command. Biome keeps each on one line, except for help texts. */
function sentencesOf(file: string): Sentence[] {
  const lines = readFileSync(`${root}${file}`, 'utf8').split('\n')
  return lines.flatMap((line, index) => {
    if (!line.includes('mhloop ') || /^\s*(\/\*|\*|\/\/)/.test(line)) return []
    const texts = stringsOf(line).filter((text) => text.includes('mhloop '))
    return (texts.length > 0 ? texts : [line]).map((text) => ({ where: `${file}:${index + 1}`, text, line }))
  })
}

const string = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)(?:`|$)/g

function stringsOf(line: string): string[] {
  // A template within a substitution is a sentence of its own.
  const inner = [...line.matchAll(/\$\{[^{}]*`([^`]*)`[^{}]*\}/g)].map(([, text = '']) => text)
  const flat = line.replace(
    /\$\{((?:[^{}]|\{[^{}]*\})*)\}/g,
    (_, expression: string) => samples[expression] ?? '99904598',
  )
  return [
    ...inner,
    ...[...flat.matchAll(string)].map(([, single, double, template]) =>
      (single ?? double ?? template ?? '').replace(/\\(.)/g, '$1'),
    ),
  ]
}

/** Without -m, these are for all merchants. */
const forAll = ['serve', 'journal forget']

/** Verbs after `mhloop` where it is the subject of the sentence. */
const doings = ['alone', 'asks', 'can', 'could', 'does', 'has', 'met', 'pays']

describe('hints', () => {
  const sentences = globSync('src/**/*.ts', { cwd: root })
    .flatMap(sentencesOf)
    .filter(({ text }) => !exceptions.includes(text))
  /** The code appends the rest to it. */
  const isBeginning = ({ line }: Sentence) => /\[['`]mhloop [^'`]*['`], /.test(line)

  it('name commands, arguments and flags that exist', async () => {
    const wrong: string[] = []
    let count = 0
    for (const sentence of sentences) {
      for (const call of await callsIn(sentence.text)) {
        count += 1
        const parses = isBeginning(sentence) || call.includes('--help') ? assertExists(call) : assertParses(call)
        await parses.catch(({ message }: Error) => wrong.push(`${sentence.where}: ${call.join(' ')}: ${message}`))
      }
    }
    assert.deepEqual(wrong, [])
    assert.ok(count > 150, `only ${count} were found`)
  })

  it('name no command by a mistyped topic', async () => {
    const { commands } = await configOfSource()
    const known = [...commands.map(({ id }) => id.split(':')[0] ?? ''), 'help', ...doings]
    const wrong = sentences.flatMap(({ where, text }) =>
      [...text.matchAll(/(?:^|: |[`(]|then |or )mhloop ([a-z][a-z-]*)/g)]
        .filter(([, word = '']) => !known.includes(word))
        .map(([call]) => `${where}: ${call}`),
    )
    assert.deepEqual(wrong, [])
  })

  it('are completed for each command that works for the chosen merchant, and for no other', async () => {
    const { commands } = await configOfSource()
    const loaded = await Promise.all(
      commands.map(async (command) => ({ id: command.id, flags: (await command.load()).flags ?? {} })),
    )
    const taking = loaded.filter(({ flags }) => 'merchant' in flags).map(({ id }) => id.replaceAll(':', ' '))
    assert.deepEqual([...merchantCommands].sort(), taking.filter((name) => !forAll.includes(name)).sort())
  })

  it('work when they are pasted once the merchant is in them', async () => {
    for (const sentence of sentences) {
      const complete = withMerchant(sentence.text, '99904598')
      assert.equal(withMerchant(complete, 'another'), complete, `${sentence.where}: twice`)
      if (isBeginning(sentence)) continue
      // A command that names its merchant already names another one, or a placeholder.
      const named = complete.replace(/-m (NAME|[a-z]+)(?![\w-])/g, '-m 99904598')
      await assertComplete(named, '99904598')
    }
  })

  it('on a page or in the log name the merchant themselves, as nothing completes them there', () => {
    const wrong = sentences.filter(
      ({ text, line }) =>
        /page\.\w+\(|this\.say\(|talk\.say\(|strong\(|dim\(|\bdetail\b/.test(line) &&
        !/complete\(/.test(line) &&
        withMerchant(text, 'acme') !== text,
    )
    assert.deepEqual(
      wrong.map(({ where, text }) => `${where}: ${text}`),
      [],
    )
  })

  /** The beginning of a command that the code completes, or a call for help: at least the command must exist. */
  async function assertExists(call: readonly string[]): Promise<string> {
    const { commands } = await configOfSource()
    const found = commands.find(({ id }) => `${call.join(':')}:`.startsWith(`${id}:`))
    if (found === undefined) throw new Error('no such command')
    return found.id
  }
})

describe('hints, as they are printed', () => {
  const bench = onBench()

  beforeEach(async () => {
    const add = ['--environment', 'sandbox', '--slug', 'demo', '--no-check', '--requests-per-second', '100']
    for (const name of ['acme', 'twin']) await bench().run(['merchant', 'add', name, ...add])
  })

  /** The hint, which must be the same in JSON and on a terminal, and must work when pasted. */
  async function hintOf(argv: string[], merchant: string, options: RunOptions = {}): Promise<string> {
    const machine = await bench().run([...argv, '--json'], options)
    // A hint that repeats the typed command includes its --json.
    const expression = (machine.json().error.hint ?? '').replace(' --json', '')
    const human = await bench().run(argv, { ...options, tty: true })
    // The progress line overwrites itself.
    const printed = human.stderr.replace(/[^\n]*\u001b\[K/g, '')
    assert.ok(printed.replace(/\s+/g, ' ').includes(`Next: ${expression.replace(/\s+/g, ' ')}`), printed)
    for (const line of printed.split('\n')) assert.ok(displayWidth(line) <= 80, line)
    const command = expression.slice(lastCommandAt(expression) ?? expression.length)
    if (displayWidth(command) <= 72) assert.ok(printed.includes(command), `in one piece: ${printed}`)
    await assertComplete(expression, merchant)
    return expression
  }

  it('name the merchant that was worked for, be it the chosen one or another', async () => {
    const ids = [1, 2].map(() => bench().file({ orderName: '#1201' }))
    for (const merchant of ['acme', 'twin', 'env']) await bench().run(['asn', 'sync', ...ids, '-m', merchant])
    for (const [merchant, named] of [
      ['twin', ['-m', 'twin']],
      ['acme', ['-m', 'acme']],
      ['env', []],
    ] as const) {
      assert.match(await hintOf(['rma', 'history', '#1201', ...named], merchant), new RegExp(` -m ${merchant}$`))
      assert.match(await hintOf(['rma', 'show', '#1201', ...named], merchant), new RegExp(` -m ${merchant}$`))
      assert.equal(
        await hintOf(['api', 'masonhub', 'GET', '/../rmas', ...named], merchant),
        `mhloop api masonhub -m ${merchant} GET '/rmas?limit=1'`,
      )
    }
  })

  it('of a vendor that refuses, or is not there, lead to this very merchant', async () => {
    const faults = bench().sandbox.world.faults
    faults.set('loop.unauthorized', 1)
    faults.set('masonhub.unauthorized', 1)
    const loop = await hintOf(['asn', 'list', '-m', 'twin'], 'twin')
    assert.match(loop, /then: mhloop merchant set -m twin loop-api-key$/)
    const masonhub = await hintOf(['rma', 'list', '-m', 'twin'], 'twin')
    assert.match(masonhub, /then: mhloop merchant set -m twin masonhub-token$/)
    const env = { MHLOOP_LOOP_BASE_URL: 'http://127.0.0.1:1/api/2026-10' }
    assert.match(await hintOf(['asn', 'list'], 'env', { env }), /mhloop merchant show -m env$/)
  })

  it('of a flag that was wrong name the requested merchant, although it was not looked up yet', async () => {
    assert.equal(
      await hintOf(['smoke', '-m', 'twin', '--return', '#1'], 'twin'),
      'mhloop smoke -m twin --return 99904598',
    )
    const watch = await bench().run(['asn', 'sync', '--watch', '--json', '-m', 'twin'])
    assert.equal(watch.json().error.hint, 'mhloop asn sync -m twin --watch --format ndjson')
  })

  it('of a production account repeat the whole command of smoke', async () => {
    const env = { MHLOOP_ENVIRONMENT: 'production' }
    const typed = ['smoke', '--return', '99904598', '--receive', 'partial', '--sku', 'A B']
    const hint = await hintOf(typed, 'env', { env })
    assert.match(hint, /: mhloop smoke -m env --return 99904598 --receive partial --sku 'A B' --allow-production$/)
  })

  it('in warnings, and where a list is empty, name it too', async () => {
    const empty = await bench().run(['event', 'list', '-m', 'twin'])
    assert.match(empty.stderr, /mhloop merchant connect -m twin --dry-run/)
    const added = await bench().run([
      'merchant',
      'add',
      'third',
      '--environment',
      'sandbox',
      '--slug',
      's',
      '--no-check',
      '--json',
    ])
    assert.match(added.json().warnings.join(' '), /mhloop asn list -m third --since 1d/)
  })
})
