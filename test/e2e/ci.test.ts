/** docs/ci.md is copied into workflows: its examples must parse, name existing files, and work. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { parseXml } from '../cli/output/xml.ts'
import { onBench } from '../commands/bench.ts'
import { argvsIn, assertParses } from './shell-lines.ts'

type Step = { name?: string; uses?: string; run?: string; env?: Record<string, string>; with?: Record<string, string> }
type Job = { env: Record<string, string>; steps: Step[] }

const text = await readFile(new URL('../../docs/ci.md', import.meta.url), 'utf8')
const texts = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, block = '']) => block)
const blocks = texts.map((block) => parse(block, { strict: true }) as unknown)
const isWorkflow = (block: unknown): block is { jobs: Record<string, Job> } =>
  typeof block === 'object' && block !== null && 'jobs' in block
const workflows = blocks.filter(isWorkflow)
const jobs = workflows.flatMap((workflow) => Object.values(workflow.jobs))
const loose = blocks.flatMap((block) => (Array.isArray(block) ? (block as Step[]) : []))
const steps = [...jobs.flatMap((job) => job.steps), ...loose]
const callsOf = ({ run = '' }: Step) => run.split('\n').flatMap(argvsIn)

describe('docs/ci.md', () => {
  it('holds whole workflows and single steps', () => {
    assert.ok(workflows.length >= 2 && loose.length >= 2)
    for (const workflow of workflows) assert.ok(['name', 'on', 'permissions', 'jobs'].every((key) => key in workflow))
    for (const { uses, run } of steps) assert.notEqual(uses === undefined, run === undefined)
  })

  it('calls commands that exist, with flags that they take', async () => {
    const ids = await Promise.all(steps.flatMap(callsOf).map(assertParses))
    for (const id of ['doctor', 'smoke', 'merchant:apply']) assert.ok(ids.includes(id), id)
    assert.ok(!ids.includes('rma:resolve'))
  })

  it('sets variables that the contract names, and none with a secret in it', async () => {
    const contract = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8')
    for (const { env = {} } of [...jobs, ...steps]) {
      for (const [name, value] of Object.entries(env)) {
        if (name.startsWith('MHLOOP_')) assert.ok(contract.includes(name), name)
        if (/KEY|TOKEN|SECRET/.test(name)) assert.equal(value, `\${{ secrets.${name} }}`)
      }
    }
  })

  it('uploads every report that it writes', () => {
    for (const job of jobs) {
      const written = job.steps.flatMap(callsOf).flatMap((argv) => argv[argv.indexOf('--junit') + 1] ?? [])
      const [upload] = job.steps.filter(({ uses }) => uses?.startsWith('actions/upload-artifact@'))
      assert.equal(upload?.with?.path, 'reports/*.xml')
      assert.ok(written.filter((path) => path.endsWith('.xml')).every((path) => /^reports\/[\w-]+\.xml$/.test(path)))
      assert.ok(job.steps.indexOf(upload as Step) === job.steps.length - 1)
    }
  })

  it('G8 no job runs on what is only proposed, and none lets a file run programs or name hosts', () => {
    for (const { on } of workflows as unknown as { on: Record<string, { branches?: string[] } | null> }[]) {
      assert.deepEqual(
        Object.keys(on).filter((event) => !['schedule', 'workflow_dispatch', 'push'].includes(event)),
        [],
      )
      if ('push' in on) assert.deepEqual(on.push?.branches, ['main'])
    }
    for (const word of steps.flatMap(callsOf).flat()) assert.doesNotMatch(word, /^--(allow-|check$)/)
    for (const { env = {} } of [...jobs, ...steps]) assert.ok(!('MHLOOP_ALLOW_COMMAND' in env))
    const pullRequests = text.match(/For pull requests, `([^`]+)`/)?.[1] ?? ''
    assert.deepEqual(argvsIn(pullRequests), [['merchant', 'apply', '-f', 'merchants.yaml', '--dry-run']])
  })

  describe('its first job', () => {
    const bench = onBench()

    it('and the file of its second: applied, it makes the merchants that the job is about', async () => {
      const file = texts.find((block) => block.startsWith('merchants:')) ?? assert.fail('no merchants')
      const keys: string[] = file.match(/(?<=env:)\w+/g) ?? []
      const env = Object.fromEntries(keys.map((name) => [name, 'a-credential-of-a-test']))
      const only = Object.fromEntries(Object.keys(bench().env).map((name) => [name, '']))
      // A CI runner has no keychain, and only the job's own variables choose a store.
      const storeOfJob = { MHLOOP_CREDENTIAL_STORE: jobs[1]?.env.MHLOOP_CREDENTIAL_STORE ?? '' }
      const looking = { ...only, MHLOOP_CREDENTIAL_STORE: '' }
      const retained = `${file}    store: keychain\n`
      for (const stdin of [file, retained]) {
        const preview = await bench().run(['merchant', 'apply', '-f', '-', '--dry-run'], { stdin, env: looking })
        assert.equal(preview.exit, 0, `a look needs no keychain: ${preview.stderr}`)
      }
      const argv = ['merchant', 'apply', '-f', '-', '--yes', '--no-check', '--json']
      const applied = await bench().run(argv, { stdin: file, env: { ...only, ...storeOfJob, ...env } })
      assert.equal(applied.exit, 0, applied.stdout)
      const names = applied.json().data.merchants.map(({ name }: { name: string }) => name)
      const smoked = steps
        .flatMap(callsOf)
        .flatMap((words) => (words.includes('-m') ? [words[words.indexOf('-m') + 1]] : []))
      assert.deepEqual(smoked, names)
      assert.deepEqual(
        keys.toSorted(),
        Object.keys(jobs[1]?.env ?? {})
          .filter((name) => keys.includes(name))
          .toSorted(),
      )
    })

    it('runs, from the environment alone, and leaves a report of each', async () => {
      const { env, dataDir, file, run } = bench()
      const [job] = jobs
      file()
      const values = { ...env, MHLOOP_MASONHUB_TOKEN: bench().freshKeys().MHLOOP_MASONHUB_TOKEN ?? '' }
      const filled = Object.fromEntries(
        Object.entries(job?.env ?? {}).map(([name, value]) => [name, fill(name, value)]),
      )
      const settings = { ...values, ...filled, MHLOOP_DATA_DIR: dataDir }
      for (const argv of job?.steps.flatMap(callsOf) ?? []) {
        const at = argv.indexOf('--junit') + 1
        const path = at === 0 ? null : `${dataDir}/${argv[at]}`
        const placed = argv.map((word, index) => (index === at && path !== null ? path : word))
        const { exit, stdout } = await run(placed, { env: settings })
        assert.ok(exit === 0 || exit === 3, `${argv.join(' ')}: ${exit} ${stdout}`)
        if (path !== null) assert.ok(Number(parseXml(await readFile(path, 'utf8')).attributes.tests) > 5)
      }

      /** The value that GitHub inserts for an expression. */
      function fill(name: string, value: string): string {
        return value.startsWith('${{') ? (values[name as keyof typeof values] ?? '') : value
      }
    })
  })

  it('G14 its end-to-end step pays for a return that is a test, and says how one says so', async () => {
    const step = steps.find(({ name }) => name === 'End to end') ?? assert.fail('no such step')
    const [argv = []] = callsOf(step)
    assert.ok(argv.includes('--yes'))
    assert.equal(step.env?.MHLOOP_REFUNDS, 'on')
    const { testMark } = await import('../../src/usecases/smoke/clear-test.ts')
    const section = text.split('## End to end')[1] ?? ''
    assert.ok(section.includes(`\`${testMark}\``) && section.includes('code 9'))
  })
})
