import { spawnSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { bundle } from '../../bundle.ts'
import type { Report } from './report.ts'

/** What a run did to its folder, in order. Paths are below that folder; '' is the folder itself. */
export type Step =
  | { do: 'create' | 'unlink' | 'sync'; path: string }
  | { do: 'write'; path: string; offset: number; bytes: Buffer }
  | { do: 'truncate'; path: string; size: number }
  | { do: 'told'; report: Report }

const calls = 'openat,write,pwrite64,pwritev,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,renameat,renameat2'

/** Why nothing can be recorded on this machine; null when it can. */
export function whyNotHere(): string | null {
  const { status, error } = spawnSync('strace', ['-o', '/dev/null', 'true'])
  if (error) return 'strace is not installed'
  return status === 0 ? null : 'strace may not trace here'
}

/**
 * Runs effects through a journal in `folder` under strace, and returns every write and sync. `preload` is loaded first,
 * to plant a bug.
 */
export async function record(folder: string, effects: number, preload?: string): Promise<Step[]> {
  const trace = join(folder, 'trace')
  const data = join(folder, 'data')
  const how = [...quickly(), '-f', '-y', '-xx', '-s', '10000000', '-e', `trace=${calls}`, '-o', trace]
  const planted = preload === undefined ? [] : ['--import', preload]
  const { program, remove } = await bundle(new URL('./run.ts', import.meta.url))
  const ran = spawnSync('strace', [...how, process.execPath, ...planted, program, data, String(effects)], {
    maxBuffer: 2 ** 30,
    encoding: 'utf8',
  })
  await remove()
  if (ran.status !== 0) throw new Error(`the run that was to be recorded failed: ${ran.stderr}`)
  return await stepsOf(trace, data)
}

/** The kernel stops the process at these calls only, instead of at every one; strace before 5.3 can't ask for it. */
function quickly(): string[] {
  const outcome = spawnSync('strace', ['--seccomp-bpf', '-f', '-o', '/dev/null', 'true'])
  return outcome.status === 0 ? ['--seccomp-bpf'] : []
}

async function stepsOf(trace: string, data: string): Promise<Step[]> {
  const steps: Step[] = []
  const there = new Set<string>()
  const unfinished = new Map<string, string>()
  for await (const line of createInterface({ input: createReadStream(trace) })) {
    const whole = joined(line, unfinished)
    const call = whole === null ? null : /^(\w+)\((.*)\) += (-?\d+)/s.exec(whole)
    if (call === null || call[3]?.startsWith('-')) continue
    const step = stepOf(call[1] ?? '', call[2] ?? '', data, there)
    if (step !== null) steps.push(step)
  }
  return steps
}

/** A call that another thread interrupts takes two lines of the trace; it counts where it ends. */
function joined(line: string, unfinished: Map<string, string>): string | null {
  const [, thread = '', rest = ''] = /^(\d+) +(.*)$/s.exec(line) ?? []
  const begun = /^(.*) <unfinished \.\.\.>$/s.exec(rest)?.[1]
  if (begun !== undefined) {
    unfinished.set(thread, begun)
    return null
  }
  const ended = /^<\.\.\. \w+ resumed>(.*)$/s.exec(rest)?.[1]
  return ended === undefined ? rest : `${unfinished.get(thread) ?? ''}${ended}`
}

function stepOf(call: string, argumentText: string, data: string, there: Set<string>): Step | null {
  const strings = [...argumentText.matchAll(/"((?:\\x[\da-f]{2})*)"/g)].map(([, hex = '']) => bytesOf(hex))
  const file = /^\d+<((?:\\x[\da-f]{2})*)>/.exec(argumentText)?.[1]
  if (call === 'write' && argumentText.startsWith('1<')) return { do: 'told', report: JSON.parse(String(strings[0])) }
  const named = call === 'openat' || call.startsWith('unlink') || call.startsWith('rename')
  const path = within(data, named ? String(strings[0]) : String(bytesOf(file ?? '')))
  // After a crash, the log's index is rebuilt from the log.
  if (path === null || path.endsWith('-shm')) return null
  const numbers = argumentText.split(', ').slice(-2).map(Number)
  switch (call) {
    case 'openat':
      if (!argumentText.includes('O_CREAT') || there.has(path)) return null
      there.add(path)
      return { do: 'create', path }
    case 'pwrite64':
      return { do: 'write', path, offset: numbers[1] ?? 0, bytes: strings[0] ?? Buffer.alloc(0) }
    case 'fsync':
    case 'fdatasync':
      return { do: 'sync', path }
    case 'ftruncate':
      return { do: 'truncate', path, size: numbers[1] ?? 0 }
    case 'unlink':
    case 'unlinkat':
      there.delete(path)
      return { do: 'unlink', path }
    default:
      throw new Error(`the journal does something that the replay does not know: ${call} of ${path}`)
  }
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex')
}

function within(folder: string, path: string): string | null {
  if (path === folder) return ''
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : null
}
