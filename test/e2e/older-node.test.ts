/** mhloop started by a Node.js that is too old: it runs on the one that `npm ci` has brought (bin/newer-node.js). */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { handedOverBy, onceIn } from '../../src/cli/io/handed-over.ts'
import { runMhloop } from '../run.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

describe('an older Node.js', () => {
  if (process.platform === 'win32') return
  const folder = temporaryFolder()

  /** A package whose bin/run.js takes any Node.js for old, unless the stand-in for the newer one has started it. */
  async function packageAt(place: string, program?: string): Promise<string> {
    await cp(join(root, 'bin'), join(place, 'bin'), { recursive: true })
    const run = join(place, 'bin', 'run.js')
    const text = await readFile(run, 'utf8')
    const version = 'process.versions.node'
    assert.ok(text.includes(version))
    await writeFile(run, text.replace(version, `(process.env.NEWER ? ${version} : '20.19.0')`))
    await writeFile(join(place, 'package.json'), await readFile(join(root, 'package.json')))
    if (program !== undefined) {
      await mkdir(join(place, 'dist'))
      await writeFile(join(place, 'dist', 'mhloop.js'), program)
      await writeFile(join(place, 'dist', 'package.json'), '{"type":"module"}')
    }
    return run
  }

  async function bringNode(place: string, line: string): Promise<string> {
    const node = join(place, 'node_modules', 'node', 'bin', 'node')
    await mkdir(join(node, '..'), { recursive: true })
    await writeFile(node, `#!/bin/sh\n${line}\n`)
    await chmod(node, 0o755)
    return node
  }
  const newer = `NEWER=1 exec "${process.execPath}" "$@"`

  function start(run: string, ...argv: string[]): ChildProcess & { text(): Promise<string> } {
    const child = spawn(process.execPath, [run, ...argv], { env: { PATH: process.env.PATH, HOME: folder() } })
    const chunks: Buffer[] = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    const closed = once(child, 'close')
    return Object.assign(child, { text: async () => closed.then(() => Buffer.concat(chunks).toString()) })
  }

  it('hands over to the Node.js of npm ci, with arguments, output and exit code', async () => {
    const place = join(folder(), 'exits')
    const program = `export function run(argv) { console.log(JSON.stringify(argv)); process.exitCode = 7 }`
    const run = await packageAt(place, program)
    await bringNode(place, newer)
    const child = start(run, 'rma', 'show', '# 1', '--json')
    assert.equal(await child.text(), `${JSON.stringify(['rma', 'show', '# 1', '--json'])}\n`)
    assert.deepEqual([child.exitCode, child.signalCode], [7, null])
  })

  it('passes a signal on, and waits for what is finished and recorded (F7)', async () => {
    const place = join(folder(), 'signals')
    const program = `export function run() {
      const alive = setInterval(() => {}, 1000)
      process.once('SIGTERM', () => { clearInterval(alive); console.log('recorded'); process.exitCode = 130 })
      console.log('ready')
    }`
    const run = await packageAt(place, program)
    await bringNode(place, newer)
    const child = start(run)
    await once(child.stdout ?? assert.fail(), 'data')
    child.kill('SIGTERM')
    assert.equal(await child.text(), 'ready\nrecorded\n')
    assert.equal(child.exitCode, 130)
  })

  it('ends by the signal that ended the other', async () => {
    const place = join(folder(), 'killed')
    const run = await packageAt(place, `export function run() { process.kill(process.pid, 'SIGKILL') }`)
    await bringNode(place, newer)
    const child = start(run)
    await child.text()
    assert.equal(child.signalCode, 'SIGKILL')
  })

  it('says in one line what to do where npm ci has brought none, or one that is too old itself', async () => {
    const place = join(folder(), 'none')
    const run = await packageAt(place)
    const installed = await start(run, '--version').text()
    assert.match(installed, /^mhloop needs Node\.js 24 or newer, and this is v\d.+\. Install Node\.js 24 \(.+\).*\n$/)
    assert.doesNotMatch(installed, /npx|npm/, 'H26: nobody owns the name mhloop on the registry')
    await writeFile(join(place, 'package-lock.json'), '{}')
    assert.match(
      await start(run).text(),
      /^mhloop needs Node\.js 24 .+\. Run npm ci in .+, which brings Node\.js 24.*\n$/,
    )
    await bringNode(place, `exec "${process.execPath}" "$@"`)
    const child = start(run)
    assert.match(await child.text(), /^mhloop needs Node\.js 24 .+\n$/)
    assert.equal(child.exitCode, 1)
  })

  it('says so where the newer one does not start', async () => {
    const place = join(folder(), 'broken')
    const run = await packageAt(place)
    await mkdir(join(place, 'node_modules', 'node', 'bin'), { recursive: true })
    await symlink(place, join(place, 'node_modules', 'node', 'bin', 'node'))
    const child = start(run)
    assert.match(await child.text(), /node could not be started: E\w+\. /)
    assert.equal(child.exitCode, 1)
  })

  it('is named by `mhloop version`', async () => {
    const env = { MHLOOP_HANDED_OVER_BY: `${process.ppid} v20.19.0` }
    assert.match(
      (await runMhloop('version', { env })).stdout,
      /This machine has Node\.js 20\.19\.0; this is the newer one at /,
    )
    const { data } = (await runMhloop('version --json', { env })).json()
    assert.deepEqual([data.handedOverBy, data.nodePath], ['v20.19.0', process.execPath])
    assert.equal((await runMhloop('version --json')).json().data.handedOverBy, null)
  })

  it('that this machine really has hands over to that of npm ci', async function () {
    const old = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => existsSync(path) && versionOf(path) < 24)
    if (old === undefined) {
      process.stdout.write('skipped: there is no older Node.js here\n')
      this.skip()
    }
    const run = join(root, 'bin', 'run.js')
    const { stdout } = spawnSync(old, [run, 'version', '--json'], { encoding: 'utf8' })
    const { node, handedOverBy: by } = JSON.parse(stdout).data
    assert.deepEqual([versionOf(node), versionOf(by)], [24, versionOf(old)])
  })
})

describe('a process that an older Node.js has started', () => {
  it('knows by its parent that it is meant, not a program that it starts itself', () => {
    const env = { MHLOOP_HANDED_OVER_BY: '17 v20.19.0' }
    assert.equal(handedOverBy(env, 17), 'v20.19.0')
    assert.equal(handedOverBy(env, 18), null)
    assert.equal(handedOverBy({}, 17), null)
    assert.equal(handedOverBy({ MHLOOP_HANDED_OVER_BY: '17' }, 17), null)
  })
  it('takes a signal that reaches it twice for one: a second one would abandon the request in flight (F7)', () => {
    let at = 5000
    let calls = 0
    const listener = onceIn(
      1000,
      () => void calls++,
      () => at,
    )
    listener()
    at += 999
    listener()
    assert.equal(calls, 1)
    at += 1
    listener()
    assert.equal(calls, 2)
  })
})

function versionOf(node: string): number {
  const text = node.startsWith('/') ? spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout : node
  return Number(/^v(\d+)\./.exec(text)?.[1])
}
