/** A separate program that fails in the way that its first argument names; the other arguments are those of mhloop. */
import { runAndExit } from '../../src/cli/program/main.ts'

const [how, ...argv] = process.argv.slice(2)
const later = (...messages: string[]) =>
  setImmediate(() => {
    for (const message of messages) void Promise.reject(new Error(message))
  })

await runAndExit(argv, async (io) => {
  switch (how) {
    case 'once':
      later('secret-of-the-first')
      break
    case 'twice':
      later('secret-of-the-first', 'secret-of-the-second')
      break
    case 'after its document':
      io.stdout.write('{"data":{}}\n')
      later('secret-of-the-first')
      break
    default:
      throw new Error(`no such failure: ${how}`)
  }
  return await new Promise<never>(() => setInterval(() => undefined, 1_000))
})
