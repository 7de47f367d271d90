import { exitCodes } from '../../core/errors/fault.ts'
import { publicUrl } from '../../usecases/connect/endpoint-urls.ts'
import { interruptedFault, toFault } from '../errors/command-faults.ts'
import { strong } from '../output/styled.ts'
import type { PromptContext } from './prompt-context.ts'

export type NextCommand = 'connect' | 'doctor'
/** Runs another mhloop command; returns its exit code. */
export type RunNext = (command: NextCommand, argv: string[]) => Promise<number>

export type Ended = { remaining: NextCommand[]; interrupted: boolean }

/**
 * After the merchant is stored: offers to connect and check it, and runs what is chosen. Returns what is left to do.
 */
export async function offerNext(prompts: PromptContext, name: string, run: RunNext): Promise<Ended> {
  const remaining = new Set<NextCommand>(['connect', 'doctor'])
  try {
    if (prompts.interrupted()) throw interruptedFault()
    await offerConnect(prompts, name, run, remaining)
    await offerDoctor(prompts, name, run, remaining)
    return { remaining: [...remaining], interrupted: false }
  } catch (error) {
    if (toFault(error, false).exit !== exitCodes.interrupted) throw error
    prompts.say(`Interrupted. ${name} is stored.`)
    return { remaining: [...remaining], interrupted: true }
  }
}

async function offerConnect(prompts: PromptContext, name: string, run: RunNext, remaining: Set<NextCommand>) {
  const url = await readAddress(prompts)
  if (url === '') return
  const exit = await run('connect', ['--merchant', name, '--url', url])
  // With findings it is connected, and has said what remains.
  if (exit === exitCodes.done || exit === exitCodes.findings) remaining.delete('connect')
  if (exit === exitCodes.interrupted) throw interruptedFault()
}

async function offerDoctor(prompts: PromptContext, name: string, run: RunNext, remaining: Set<NextCommand>) {
  prompts.say('')
  if (!(await prompts.ask.confirm(`Check everything about ${name} now?`, { initial: true }))) return
  remaining.delete('doctor')
  if ((await run('doctor', ['--merchant', name])) === exitCodes.interrupted) throw interruptedFault()
}

async function readAddress(prompts: PromptContext): Promise<string> {
  prompts.say('')
  prompts.say(
    strong('Connect: '),
    'Loop and MasonHub notify mhloop at once. This needs the public https address of `mhloop serve`, like https://returns.example.com; without it mhloop polls every few minutes.',
  )
  const address = await prompts.ask.text('Public address (leave empty to do this later)', {
    validate: (text) => (text.trim() === '' ? true : whatIsWrong(text.trim())),
  })
  return address.trim()
}

function whatIsWrong(url: string): string | true {
  try {
    publicUrl(url)
    return true
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^--url/, 'It') : 'It can’t be used.'
  }
}

/** Commands to type next, with what each is for. */
export function nextSteps(
  name: string,
  remaining: readonly NextCommand[],
): (readonly [command: string, what: string])[] {
  const steps = [[`mhloop asn sync -m ${name} --dry-run`, 'which returns would become RMAs']] as [string, string][]
  if (remaining.includes('connect')) {
    steps.unshift([`mhloop merchant connect -m ${name} --url https://…`, 'webhooks and callbacks'])
  }
  if (remaining.includes('doctor')) steps.push([`mhloop doctor -m ${name}`, 'check everything'])
  return [...steps, ['mhloop serve', 'run unattended from then on']]
}
