import type { Why } from '../../../usecases/connect/plan.ts'
import type { ChangeJson, Registration } from '../../../usecases/connect/registrations.ts'
import type { Page } from '../../output/page.ts'
import { dim, good, type Parts, strong, warn } from '../../output/styled.ts'

const reasons: Record<Why, string> = {
  missing: 'it is missing',
  inactive: 'it is switched off',
  moved: 'it points to another address of this endpoint',
  version: 'it has another version',
  token: 'MasonHub may hold another token',
  duplicate: 'it is a duplicate',
  unwanted: 'nothing reads it',
  disconnect: 'requested',
}

const vendorNames: Record<Registration['vendor'], string> = { loop: 'Loop', masonhub: 'MasonHub' }

/** The registrations at a vendor: our own in full, for others only the host they go to. */
export function registrationsTable(page: Page, title: string, registrations: readonly Registration[]): void {
  page.heading(`${title} (${registrations.length})`)
  if (registrations.length === 0) {
    page.line(dim('nothing'))
    return
  }
  page.rows(registrations, [
    { key: 'whose', title: 'Owner', value: ({ ours }) => (ours ? good('ours') : dim('other')) },
    { key: 'vendor', title: 'Vendor', value: ({ vendor }) => vendorNames[vendor] },
    { key: 'what', title: 'What', value: ({ what }) => what },
    { key: 'status', title: 'Status', value: statusOf },
    { key: 'url', title: 'Address', value: ({ url }) => url },
  ])
}

function statusOf({ status }: Registration): Parts {
  if (status === null) return ''
  return status === 'active' ? good(status) : warn(status)
}

/** The changes, one per line: `create  Loop return/return.created: it is missing`. */
export function changesList(page: Page, title: string, changes: readonly ChangeJson[]): void {
  page.heading(`${title} (${changes.length})`)
  for (const { vendor, action, what, why } of changes) {
    page.line(`${action.padEnd(6)}  `, vendorNames[vendor], ' ', strong(what), dim(`: ${reasons[why]}`))
  }
}
