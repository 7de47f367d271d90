import { Fault } from '../../core/errors/fault.ts'
import { interruptedFault, toFault } from '../errors/command-faults.ts'

const sentence = 'Nothing was stored.'

/** The Fault of a conversation that ended before the last confirmation: it always says that nothing was stored. */
export function nothingStored(error: unknown, interrupted: boolean): Fault {
  const fault = toFault(error, interrupted)
  const { hint, returnId, requestId } = fault
  const message = isInterruption(fault) ? `Interrupted. ${sentence}` : fault.message
  return new Fault(message.includes(sentence) ? message : `${message} ${sentence}`, {
    like: fault,
    ...(isInterruption(fault) ? { hint: 'Start again with the same command.' } : hint === null ? {} : { hint }),
    ...(returnId === null ? {} : { returnId }),
    ...(requestId === null ? {} : { requestId }),
    cause: error,
  })
}

function isInterruption({ code }: Fault): boolean {
  return code === interruptedFault().code
}
