import { spawn } from 'node:child_process'
import type { Env } from './config-folder.ts'

export type ProgramRun =
  | { outcome: 'ended'; code: number | null; stdout: string }
  | { outcome: 'timed-out' }
  | { outcome: 'too-much' }
  /** `why`: the system's word, like ENOENT. */
  | { outcome: 'not-started'; why: string }

export type Program = {
  words: readonly [string, ...string[]]
  env: Env
  /** Written to it whole; its standard input is then at its end. */
  input?: string
  limit: { milliseconds: number; bytes: number }
}

/**
 * Runs a program without a shell, and never longer than its limit: then it is killed with whatever it started, and is
 * not waited for. What it says on stderr is seen by nobody: it may hold a secret (F58).
 */
export async function runProgram({ words: [file, ...args], env, input, limit }: Program): Promise<ProgramRun> {
  return await new Promise((resolve) => {
    // A group of its own, so that all of it can be killed, and no terminal, so that none of it can ask.
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
        // It has ended by itself in this very moment.
      }
    }
    const kill = (run: ProgramRun) => {
      killAll()
      end(run)
    }
    // Not of our terminal's group: a Ctrl-C that ends us does not reach it.
    process.once('exit', killAll)
    const timer = setTimeout(() => kill({ outcome: 'timed-out' }), limit.milliseconds)
    child.once('error', (error: NodeJS.ErrnoException) => end({ outcome: 'not-started', why: error.code ?? 'unknown' }))
    child.once('close', (code) => end({ outcome: 'ended', code, stdout: Buffer.concat(chunks).toString('utf8') }))
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > limit.bytes) kill({ outcome: 'too-much' })
      else chunks.push(chunk)
    })
    // It may end before it has read everything.
    child.stdin.on('error', () => {})
    child.stdin.end(input ?? '')
  })
}
