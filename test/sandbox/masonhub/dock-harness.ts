import type { MasonHubSandbox } from '../../../src/sandbox/masonhub/types.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { type ManualClock, manualClock } from '../../../src/sandbox/time/clock.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into foreign JSON
export type Json = any
export type Answer = { status: number; body: Json; text: string; headers: Headers }

/**
 * A sandbox with three SKUs whose MasonHub gets plain HTTP requests; quirks, shuffling and delays are off by default.
 */
export type Dock = {
  sandbox: Sandbox
  masonhub: MasonHubSandbox
  clock: ManualClock
  /** `token: null` sends no Authorization header. */
  ask(method: string, path: string, body?: unknown, token?: string | null): Promise<Answer>
  fault(name: string, value: number): void
}

const calm = { 'masonhub.quirks': 0, 'masonhub.shuffle-results': 0, 'masonhub.visible-after-ms': 0 }

/** With the switches as they stand when nobody touches them. */
export const openDockAsItIs = (): Promise<Dock> => dockWith({}, 1)

export const openDock = (faults: Record<string, number> = {}, seed = 1): Promise<Dock> =>
  dockWith({ ...calm, ...faults }, seed)

async function dockWith(faults: Record<string, number>, seed: number): Promise<Dock> {
  const clock = manualClock()
  const sandbox = await startSandbox({ clock, seed, faults })
  sandbox.masonhub.addSkus(['SHIRT-S', 'SHIRT-M', 'HAT'])
  return {
    sandbox,
    masonhub: sandbox.masonhub,
    clock,
    fault: (name, value) => sandbox.world.faults.set(name as Parameters<typeof sandbox.world.faults.set>[0], value),
    async ask(method, path, body, token = sandbox.world.installed.masonhubToken) {
      const headers: Record<string, string> = {}
      if (token !== null) headers['authorization'] = `Bearer ${token}`
      if (body !== undefined) headers['content-type'] = 'application/json'
      const payload = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
      const url = `${sandbox.masonhubBaseUrl}${path}`
      const response = await fetch(url, { method, headers, redirect: 'manual', ...payload })
      const text = await response.text()
      return { status: response.status, body: parse(text), text, headers: response.headers }
    },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A record that every rule accepts: Loop's label, no order, one line. */
export function rma(identifier: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    customer_identifier: identifier,
    manifest_id: '#1001-R1',
    generate_return_label: false,
    package_id: `1Z${identifier}`,
    return_type: 'rma_submitted_by_customer',
    line_items: [line('SHIRT-S', 1)],
    ...changes,
  }
}

export function line(sku: string, quantity: number, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    customer_sku_id: sku,
    quantity,
    return_reason_code: 'tooBig',
    return_inventory_status: 'qc',
    ...changes,
  }
}

export const address = {
  customer_address_name: 'Sam Sandbox',
  customer_address_street_line_one: '1 Sandbox Street',
  customer_address_city: 'Springfield',
  customer_address_state: 'IL',
  customer_address_postal_code: '62701',
  customer_address_country_code: 'US',
}

/** All texts of the messages of one result row, whatever their shape. */
export function texts(row: Json): string[] {
  const flat = (value: unknown): string[] => {
    if (typeof value === 'string') return [value]
    if (typeof value !== 'object' || value === null) return []
    return Object.entries(value).flatMap(([key, inner]) => (key === 'field_name' ? [] : flat(inner)))
  }
  return flat(row.messages)
}

/** Result rows of any container. */
export function rowsOf(body: Json): Json[] {
  const first = Array.isArray(body) ? body[0] : body
  return first?.results ?? body
}

/** Records of a GET, with or without an envelope. */
export function recordsOf(body: Json): Json[] {
  return Array.isArray(body) ? body : body.data
}
