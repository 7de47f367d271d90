import type { NewReturn } from '../../src/sandbox/loop/register.ts'
import type { Sandbox, SandboxOptions } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { type ManualClock, manualClock } from '../../src/sandbox/time/clock.ts'

/** A sandbox whose clock only the test advances, and plain requests to its Loop without mhloop's clients. */
export type Harness = {
  sandbox: Sandbox
  clock: ManualClock
  get(path: string, options?: AskOptions): Promise<Answer>
  post(path: string, body?: unknown, options?: AskOptions): Promise<Answer>
  ask(method: string, path: string, body?: unknown, options?: AskOptions): Promise<Answer>
  /** Files a return whose label exists at once and keeps its status. */
  file(overrides?: NewReturn): string
}
export type AskOptions = { key?: string | null; version?: string }
// biome-ignore lint/suspicious/noExplicitAny: tests look into foreign JSON
export type Answer = { status: number; body: any; headers: Headers; text: string }

/** Starts a harness with a manual clock at noon of 23 November 2026. */
export async function startHarness(options: SandboxOptions = {}): Promise<Harness> {
  const clock = manualClock()
  const sandbox = await startSandbox({ clock, ...options })
  async function ask(method: string, path: string, body?: unknown, askOptions: AskOptions = {}): Promise<Answer> {
    const version = askOptions.version ?? '/2026-10'
    const headers: Record<string, string> = {}
    const key = askOptions.key === undefined ? sandbox.world.installed.loopApiKey : askOptions.key
    if (key !== null) headers['X-Authorization'] = key
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    const payload = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(`${sandbox.url}/api${version}${path}`, {
      method,
      headers,
      redirect: 'manual',
      ...payload,
    })
    const text = await response.text()
    return { status: response.status, body: parse(text), headers: response.headers, text }
  }
  return {
    sandbox,
    clock,
    ask,
    get: (path, askOptions) => ask('GET', path, undefined, askOptions),
    post: (path, body, askOptions) => ask('POST', path, body, askOptions),
    file: (overrides = {}) => String(sandbox.loop.createReturn({ label: { after: 0, walks: false }, ...overrides }).id),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
