import { pino } from 'pino'
import { shown } from '../core/text.ts'
import type { Io } from './io.ts'

export type LogEntry = { level: 'info' | 'warn' | 'error'; event: string; merchant?: string; detail?: string }

/** Structured log on stderr, one JSON object a line: an allow-list of fields, and text from outside made safe (F56, F58). */
export function createLog(io: Io): (entry: LogEntry) => void {
  /** Lines that a full disk took since the last one that got out (H18). */
  let missing = 0
  const log = pino(
    {
      base: null,
      timestamp: () => `,"time":"${io.now().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
    },
    { write: (line: string) => io.stderr.write(line) },
  )
  const write = (level: LogEntry['level'], fields: object): boolean => {
    const { lost } = io.stderr
    log[level](fields)
    return io.stderr.lost === lost
  }
  return ({ level, event, merchant, detail }) => {
    if (missing > 0) {
      const gap = `${missing} lines before this one could not be written (${io.stderr.failure})`
      if (write('warn', { event: 'log.lost', detail: gap })) missing = 0
    }
    const isOut = write(level, {
      ...(merchant === undefined ? {} : { merchant }),
      event,
      ...(detail === undefined ? {} : { detail: shown(detail, 500) }),
    })
    if (!isOut) missing += 1
  }
}
