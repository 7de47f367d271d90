import { spawn } from 'node:child_process'
import type { Env } from '../files/config-folder.ts'

export type ProgramRun =
  | { outcome: 'ended'; code: number | null; stdout: string }
  | { outcome: 'timed-out' }
  | { outcome: 'too-much' }
  /** `why`: the system's error code, such as ENOENT. */
  | { outcome: 'not-started'; why: string }

export type Program = {
  words: readonly [string, ...string[]]
  env: Env
  /** All of the program's standard input. */
  input?: string
  limit: { milliseconds: number; bytes: number }
}

/**
 * Runs a program without a shell, and never longer than its limit: then it is killed with everything that it started,
 * without waiting for it. Its stderr is discarded, because it may contain a secret (F58).
 */
export async function runProgram({ words: [file, ...args], env, input, limit }: Program): Promise<ProgramRun> {
  return await new Promise((resolve) => {
    // A process group of its own, so that all of it can be killed, and no terminal, so that none of it can ask
    // questions.
    const grouped = process.platform !== 'win32'
    const child = spawn(file, args, { env: { ...env }, stdio: ['pipe', 'pipe', 'ignore'], detached: grouped })
    const chunks: Buffer[] = []
    let bytes = 0
    const end = (run: ProgramRun) => {
      clearTimeout(timer)
      process.off('exit', killAll)
      child.stdout.destroy()
      child.unref()
      resolve(run)
    }
    const killAll = () => {
      try {
        if (grouped && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
        else child.kill('SIGKILL')
      } catch {
        // It ended by itself at this moment.
      }
    }
    const kill = (run: ProgramRun) => {
      killAll()
      end(run)
    }
    // It is not in our terminal's process group: a Ctrl-C that ends mhloop does not reach it.
    process.once('exit', killAll)
    const timer = setTimeout(() => kill({ outcome: 'timed-out' }), limit.milliseconds)
    child.once('error', (error: NodeJS.ErrnoException) => end({ outcome: 'not-started', why: error.code ?? 'unknown' }))
    child.once('close', (code) => end({ outcome: 'ended', code, stdout: Buffer.concat(chunks).toString('utf8') }))
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > limit.bytes) kill({ outcome: 'too-much' })
      else chunks.push(chunk)
    })
    // The program may end before it has read all of its input.
    child.stdin.on('error', () => {})
    child.stdin.end(input ?? '')
  })
}
