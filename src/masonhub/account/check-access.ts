import { Fault } from '../../core/errors/fault.ts'
import type { HttpRequest, Outcome, Transport } from '../../http/transport.ts'
import { faultOf } from '../../http/vendor-faults.ts'
import { isSuccess, rowsOf } from '../requests/ask.ts'

/** Proves token and slug with the cheapest read; throws the Fault that says which of them is wrong. */
export async function check(transport: Transport): Promise<void> {
  const first: HttpRequest = { method: 'GET', path: '/rmas?limit=1', effect: 'read' }
  const outcome = await transport.send(first)
  if (givesRows(outcome)) return
  if (!isPlain404(outcome)) throw faultOf('masonhub', first, outcome)
  // An account without RMAs may answer 404, and so may a wrong slug (masonhub.md §3.5). Every account has a warehouse.
  const second: HttpRequest = { method: 'GET', path: '/inventory_locations', effect: 'read' }
  const proof = await transport.send(second)
  if (givesRows(proof)) return
  if (!isPlain404(proof)) throw faultOf('masonhub', second, proof)
  const requestId = proof.ok ? proof.answer.requestId : proof.failure.requestId
  throw new Fault(
    `MasonHub knows neither RMAs nor warehouses at this address: most likely the account slug is wrong [request ${requestId}]`,
    {
      code: 'MASONHUB_WRONG_SLUG',
      hint: "check the account slug (the word after the host in MasonHub's address): mhloop merchant set slug NAME",
      requestId,
    },
  )
}

function givesRows(outcome: Outcome): boolean {
  return outcome.ok && isSuccess(outcome.answer) && rowsOf(outcome.answer.json) !== null
}

function isPlain404(outcome: Outcome): boolean {
  return outcome.ok && outcome.answer.status === 404 && typeof outcome.answer.json === 'object'
}
