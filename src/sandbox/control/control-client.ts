import { request } from 'node:http'
import { type CodeOf, exitCodes, Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'
import type { Delivery } from '../delivery/deliveries.ts'
import type { ParcelsReceived } from '../seed/dock.ts'
import type { FaultValue, SandboxStatus, SeedAnswer } from './control.ts'

export type { FaultValue, SandboxStatus } from './control.ts'

/** One webhook or callback, without its body. */
export type DeliveryAnswer = Omit<Delivery, 'body'>
export type ShipmentAnswer = { loopId: number; happyReturnsId: string; box: string; returnIds: number[] }
export type ReturnAnswer = { returnId: string; state: string; [field: string]: unknown }

/** Controls a sandbox in another process. Every function throws only Faults. */
export type ControlClient = {
  status(): Promise<SandboxStatus>
  groundTruth(): Promise<Record<string, unknown>>
  faults(): Promise<FaultValue[]>
  setFaults(faults: Readonly<Record<string, number>>): Promise<FaultValue[]>
  seed(options?: { count?: number; seed?: number }): Promise<SeedAnswer>
  receive(what: Readonly<Record<string, unknown>>): Promise<ParcelsReceived>
  createReturn(requested?: Readonly<Record<string, unknown>>): Promise<ReturnAnswer>
  /** Does what a person does in Loop's admin or portal: edit, cancel, close, expire, label, ship, … */
  act(returnId: string, action: string, body?: Readonly<Record<string, unknown>>): Promise<ReturnAnswer>
  /** The hub ships every bag that was handed in. */
  shipBags(): Promise<ShipmentAnswer>
  deliveries(): Promise<DeliveryAnswer[]>
  /** Creates a return every `everyMs` milliseconds, each received `receiveAfterMs` milliseconds later; 0 stops it. */
  live(options: { everyMs: number; receiveAfterMs?: number }): Promise<{ everyMs: number; receiveAfterMs: number }>
  advance(milliseconds: number): Promise<{ ran: number; now: string }>
}

/** A client for the control routes of the sandbox at `url`. Uses node:http, because fetch costs 80 ms of start-up. */
export function createControlClient(url: string): ControlClient {
  const get = <Shape>(path: string) => call<Shape>(url, 'GET', path)
  const post = <Shape>(path: string, body: unknown = {}) => call<Shape>(url, 'POST', path, body)
  return {
    status: () => get('/status'),
    groundTruth: () => get('/truth'),
    faults: async () => (await get<{ faults: FaultValue[] }>('/faults')).faults,
    setFaults: async (faults) => (await post<{ faults: FaultValue[] }>('/faults', faults)).faults,
    seed: (options = {}) => post('/seed', options),
    receive: (what) => post('/receive', what),
    createReturn: (requested = {}) => post('/loop/returns', requested),
    act: (returnId, action, body = {}) =>
      post(`/loop/returns/${encodeURIComponent(returnId)}/${encodeURIComponent(action)}`, body),
    shipBags: () => post('/loop/shipments'),
    deliveries: async () => (await get<{ deliveries: DeliveryAnswer[] }>('/deliveries')).deliveries,
    live: (options) => post('/live', options),
    advance: (milliseconds) => post('/advance', { ms: milliseconds }),
  }
}

/** Milliseconds; enough to seed 100,000 returns. */
const deadline = 120_000

async function call<Shape>(url: string, method: 'GET' | 'POST', path: string, body?: unknown): Promise<Shape> {
  const { status, text } = await exchange(sandboxUrl(url, path), method, body)
  const parsed = parse(url, text)
  if (status >= 200 && status < 300) return parsed as Shape
  throw refusal(url, status, parsed)
}

/** Refuses any address but loopback: no control request may reach a vendor. */
function sandboxUrl(url: string, path: string): URL {
  const parsed = URL.parse(url)
  const local = parsed?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(parsed.hostname)
  if (parsed && local) return new URL(`/_sandbox${path}`, parsed)
  throw new Fault(`Invalid sandbox URL "${printable(url, 120)}"; expected one like http://127.0.0.1:4010.`, {
    code: 'SANDBOX_URL_INVALID',
    hint: 'mhloop sandbox start',
  })
}

function exchange(url: URL, method: string, body: unknown): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? null : JSON.stringify(body)
    const headers = payload === null ? {} : { 'content-type': 'application/json' }
    const sent = request(url, { method, headers, agent: false, timeout: deadline }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', (error) => reject(unreachable(url, error)))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }))
    })
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')))
    sent.on('error', (error) => reject(unreachable(url, error)))
    sent.end(payload ?? undefined)
  })
}

function unreachable(url: URL, cause: unknown): Fault {
  return new Fault(`No sandbox answers at ${url.origin}.`, {
    code: 'SANDBOX_UNREACHABLE',
    hint: 'mhloop sandbox start',
    cause,
  })
}

function parse(url: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw notASandbox(url, cause)
  }
}

function notASandbox(url: string, cause?: unknown): Fault {
  return new Fault(`Something answers at ${printable(url, 120)}, but it isn't a sandbox.`, {
    code: 'SANDBOX_UNREACHABLE',
    hint: 'mhloop sandbox start',
    cause,
  })
}

function refusal(url: string, status: number, parsed: unknown): Fault {
  const error = typeof parsed === 'object' && parsed !== null && 'error' in parsed ? parsed.error : null
  if (typeof error !== 'object' || error === null || !('message' in error)) return notASandbox(url)
  const message = printable(String(error.message))
  const hint = 'mhloop sandbox status'
  const code = plainCodes.get('code' in error ? String(error.code) : '')
  if (code !== undefined) return new Fault(message, { code, hint })
  if (status >= 500) return new Fault(message, { code: 'SANDBOX_FAILED', hint })
  return new Fault(message, {
    code: 'SANDBOX_REFUSED',
    exit: status === 404 ? exitCodes.notFound : exitCodes.usage,
    hint,
  })
}

/** The codes of the control routes, and the fault codes that commands report for them. */
const plainCodes = new Map<string, CodeOf<2 | 5, 'input'>>([
  ['BAD_REQUEST', 'SANDBOX_BAD_REQUEST'],
  ['CONFLICT', 'SANDBOX_CONFLICT'],
  ['FORBIDDEN', 'SANDBOX_FORBIDDEN'],
  ['NOT_FOUND', 'SANDBOX_NOT_FOUND'],
  ['SANDBOX_FAULT_UNKNOWN', 'SANDBOX_FAULT_UNKNOWN'],
  ['SANDBOX_FAULT_UNREADABLE', 'SANDBOX_FAULT_UNREADABLE'],
  ['SANDBOX_FAULT_VALUE', 'SANDBOX_FAULT_VALUE'],
])
