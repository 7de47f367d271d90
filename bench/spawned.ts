/** Benchmarks that are separate commands: their table becomes a section. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Part } from './part.ts'

function spawned(
  name: string,
  title: string,
  about: string,
  { argv, quickly }: { argv: readonly string[]; quickly: readonly string[] },
): Part {
  const [file = '', ...rest] = argv
  return {
    name,
    title,
    async measure({ quick }) {
      const child = spawn(
        process.execPath,
        [fileURLToPath(new URL(file, import.meta.url)), ...(quick ? quickly : rest)],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      )
      let text = ''
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      const exit = await new Promise<number | null>((resolve) => child.once('close', resolve))
      if (exit !== 0) throw new Error(`${file} ended with ${exit}`)
      return `${about}\n\n${text.trim()}`
    },
  }
}

export const journal = spawned(
  'journal',
  'Journal: SQLite and PostgreSQL',
  'Steps as mhloop takes them, each committed to the disk, PostgreSQL on the same machine and disk (`npm run bench:journal`).',
  { argv: ['./journal.ts', '--rounds', '200'], quickly: ['--rounds', '20'] },
)

export const workers = spawned(
  'workers',
  'Several workers on one PostgreSQL',
  "`mhloop serve`, one process or several on one journal, with the vendors' limits lifted and each answer taking 150 ms, until every return is refunded or flagged. The vendors' stand-ins and PostgreSQL share the machine with the workers (`npm run bench:workers`). With the real limits, one worker keeps Loop's 300 requests a minute busy; others are there so that it may die.",
  { argv: ['./workers.ts', '--returns', '300'], quickly: ['--returns', '40', '--workers', '1,2'] },
)
