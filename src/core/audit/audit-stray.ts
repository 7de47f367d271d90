import type { Finding, Severity } from '../explain/reason.ts'
import { returnIdOf } from '../rmas/identifiers.ts'
import type { Rma } from '../rmas/rma.ts'
import { isSmokeIdentifier } from '../rmas/smoke-rma.ts'
import { printable } from '../text/printable.ts'
import type { FindingCode } from './finding-codes.ts'

export type StrayRma = {
  rma: Rma
  /** Order names of the returns in the audit's window, without `#`. */
  orderNames: ReadonlySet<string>
  /** The return that each tracking number, and each bag of a drop-off, in the window belongs to. */
  returnByTracking: ReadonlyMap<string, string>
}

/** The finding about an RMA whose identifier belongs to no return; null when there is nothing to report. */
export function auditStray({ rma, orderNames, returnByTracking }: StrayRma): Finding | null {
  if (rma.status === 'deleted' || rma.deletedAt !== null) return null
  const { customerIdentifier } = rma
  if (customerIdentifier !== null && isSmokeIdentifier(customerIdentifier)) return smokeFinding(rma, customerIdentifier)
  const returnId = rma.packageId === null ? null : (returnByTracking.get(rma.packageId) ?? null)
  const asReturn = customerIdentifier === null ? null : returnIdOf(customerIdentifier)
  const finding = (code: FindingCode, severity: Severity, message: string): Finding => ({
    code,
    severity,
    returnId,
    customerIdentifier,
    message,
    fix: returnId ? `mhloop rma show ${returnId}` : null,
  })
  if (customerIdentifier === null || rma.returnType === 'rma_created_by_distribution_center') {
    return finding(
      'UNANNOUNCED_RECEIPT',
      'warning',
      `The warehouse received an unannounced parcel (${printable(rma.packageId ?? rma.rmaId ?? 'no package id', 60)}).`,
    )
  }
  const bare = customerIdentifier.replace(/^#/, '').replace(/-R\d+$/, '')
  if (orderNames.has(bare)) {
    return finding(
      'RMA_KEYED_BY_NAME',
      'error',
      `RMA “${printable(customerIdentifier, 60)}” has an order name as its identifier instead of the Loop return id.`,
    )
  }
  if (returnId !== null)
    return finding(
      'RMA_DUPLICATE',
      'error',
      `RMA “${printable(customerIdentifier, 60)}” expects the same parcel as return ${returnId}.`,
    )
  if (rma.returnType === 'returned_to_sender') return null
  const orphan = finding('RMA_ORPHAN', 'warning', `Loop has no return for RMA “${printable(customerIdentifier, 60)}”.`)
  return asReturn === null ? orphan : { ...orphan, fix: `mhloop rma show ${asReturn}` }
}

/** A received test RMA stays for ever and is ignored. An open one is in use by a run, or was left behind by one. */
function smokeFinding({ status }: Rma, customerIdentifier: string): Finding | null {
  if (status !== 'open') return null
  const message = `RMA “${customerIdentifier}” is a test RMA of mhloop smoke, in use or left behind.`
  return {
    code: 'RMA_ORPHAN',
    severity: 'info',
    returnId: null,
    customerIdentifier,
    message,
    fix: 'mhloop smoke --clean',
  }
}
