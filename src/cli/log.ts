import { pino } from 'pino'
import { shown } from '../core/text.ts'
import type { Io } from './io.ts'

export type LogEntry = { level: 'info' | 'warn' | 'error'; event: string; merchant?: string; detail?: string }

/** Structured log on stderr, one JSON object a line: an allow-list of fields, and text from outside made safe (F56, F58). */
export function createLog(io: Io): (entry: LogEntry) => void {
  const log = pino(
    {
      base: null,
      timestamp: () => `,"time":"${io.now().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
    },
    { write: (line: string) => io.stderr.write(line) },
  )
  return ({ level, event, merchant, detail }) => {
    log[level]({
      ...(merchant === undefined ? {} : { merchant }),
      event,
      ...(detail === undefined ? {} : { detail: shown(detail, 500) }),
    })
  }
}
