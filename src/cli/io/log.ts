import { pino } from 'pino'
import { printable } from '../../core/text/printable.ts'
import type { Io, Sink } from './io.ts'

export type LogEntry = { level: 'info' | 'warn' | 'error'; event: string; merchant?: string; detail?: string }

/**
 * A structured log on stderr, one JSON object per line: only these fields, and text from outside made printable (F56,
 * F58).
 */
export function createLog(io: Io): (entry: LogEntry) => void {
  /** Lines that could not be written (full disk) since the last one that was (H18). */
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
      const gap = `${missing} earlier lines could not be written (${io.stderr.failure})`
      if (write('warn', { event: 'log.lost', detail: gap })) missing = 0
    }
    const isOut = write(level, {
      ...(merchant === undefined ? {} : { merchant }),
      event,
      ...(detail === undefined ? {} : { detail: printable(detail, 1000) }),
    })
    if (!isOut) missing += 1
  }
}

/**
 * The same io for a command whose stderr is the log: text for people, such as a warning or the final error, becomes a
 * log line (H27).
 */
export function loggedOnly(io: Io): Io {
  const log = createLog(io)
  const stderr: Sink = {
    isTTY: io.stderr.isTTY,
    colour: false,
    get gone() {
      return io.stderr.gone
    },
    get failure() {
      return io.stderr.failure
    },
    get lost() {
      return io.stderr.lost
    },
    get isUsed() {
      return io.stderr.isUsed
    },
    flush: () => io.stderr.flush(),
    write(text) {
      if (text.startsWith('{')) return io.stderr.write(text)
      const said = text.replace(/\s+/g, ' ').trim()
      if (said === '') return
      const [, word = '', rest = said] = /^(Warning|Error): (.*)$/.exec(said) ?? []
      if (word === 'Error') log({ level: 'error', event: 'ended', detail: rest })
      else log({ level: word === 'Warning' ? 'warn' : 'info', event: 'told', detail: rest })
    },
  }
  return Object.create(io, { stderr: { value: stderr } }) as Io
}
