import { type Fault, reworded } from '../../core/errors/fault.ts'
import { interruptedFault, toFault } from '../errors/command-faults.ts'

const sentence = 'Nothing was stored.'

/** The Fault of a conversation that ended before the last confirmation: it always says that nothing was stored. */
export function nothingStored(error: unknown, interrupted: boolean): Fault {
  const fault = toFault(error, interrupted)
  const message = isInterruption(fault) ? `Interrupted. ${sentence}` : fault.message
  return reworded(fault, message.includes(sentence) ? message : `${message} ${sentence}`, {
    ...(isInterruption(fault) ? { hint: 'Start again with the same command.' } : {}),
    merchant: null,
    cause: error,
  })
}

function isInterruption({ code }: Fault): boolean {
  return code === interruptedFault().code
}
