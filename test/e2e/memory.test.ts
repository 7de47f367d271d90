/**
 * Node.js and the kernel must write nothing of the built program's memory to the disk, because it holds credentials
 * (F58).
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../temporary-folder.ts'

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

describe('the memory of the built program (F58)', () => {
  const folder = temporaryFolder()
  const children: ChildProcess[] = []
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })

  /** Starts a command that keeps running; resolves once it has printed its first line. */
  async function running(options: string): Promise<{ child: ChildProcess; crashes: string }> {
    const crashes = join(folder(), 'crashes')
    await mkdir(crashes, { recursive: true })
    const child = spawn(process.execPath, [program, 'sandbox', 'start', '--port', '0'], {
      cwd: crashes,
      env: { NODE_OPTIONS: options, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME, MHLOOP_LOOP_API_KEY: 'report-canary' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.push(child)
    await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), once(child, 'exit')])
    return { child, crashes }
  }

  it('is in no core dump: the kernel leaves all of it out', async function () {
    if (process.platform !== 'linux') {
      process.stderr.write('skipped: only Linux can be told by the process itself\n')
      this.skip()
    }
    const { child } = await running('')
    assert.match(await readFile(`/proc/${child.pid}/coredump_filter`, 'utf8'), /^0+\n$/)
  })

  it('is in no diagnostic report, even where the environment asks for one', async function () {
    if (process.platform === 'win32') {
      process.stderr.write('skipped: Windows has no such signal\n')
      this.skip()
    }
    const { child, crashes } = await running('--report-on-signal --report-on-fatalerror --report-uncaught-exception')
    // Without reports, the signal does what it does to any process.
    const ended = once(child, 'exit')
    child.kill('SIGUSR2')
    await ended
    assert.deepEqual(await readdir(crashes), [])
  })

  it('is in no heap snapshot: it does not run where one may be taken', async () => {
    const child = spawn(process.execPath, ['--heapsnapshot-signal=SIGUSR2', program, 'merchant', 'list'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    const [exit] = await once(child, 'close')
    assert.equal(exit, 1)
    assert.match(said, /heap snapshot would hold the credentials/)
  })
})
