import { fileURLToPath } from 'node:url'
import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'
import type { Env } from '../files/config-folder.ts'
import { childEnvironment } from '../references/child-environment.ts'

export type KeychainEntry = { service: string; account: string }
export type KeychainRequest = KeychainEntry & { action: 'get' | 'set' | 'remove'; value?: string }
export type KeychainAnswer = { values: (string | null)[] } | { problem: string }

/**
 * The system's keychain: macOS Keychain, Windows Credential Manager, the Secret Service of a Linux desktop. Carries out
 * the requests in order; returns a value (or null) for each `get`. Throws Fault KEYCHAIN_UNAVAILABLE or
 * KEYCHAIN_SILENT.
 */
export type Keychain = (requests: readonly KeychainRequest[], env: Env) => Promise<(string | null)[]>

/** Milliseconds: many times what a working keychain needs. One that doesn't answer is not waited for (F61). */
const timeout = 3_000

/** A keychain behind a program that speaks the protocol of keychain-process.ts. */
export function keychainOf(words: readonly [string, ...string[]], milliseconds = timeout): Keychain {
  return async (requests, env) => {
    // Loaded here, because most runs start no program.
    const { runProgram } = await import('../references/run-program.ts')
    const run = await runProgram({
      words,
      env: childEnvironment(env),
      input: JSON.stringify(requests),
      limit: { milliseconds, bytes: 1_000_000 },
    })
    if (run.outcome === 'timed-out') throw silent(milliseconds)
    const answer = run.outcome === 'ended' && run.code === 0 ? readAnswer(run.stdout) : null
    if (answer === null) throw unavailable('its helper process could not run')
    if ('problem' in answer) throw unavailable(inWords(answer.problem))
    return answer.values
  }
}

/** In a packaged mhloop the helper is a JavaScript file beside this one. */
const helper = fileURLToPath(new URL(import.meta.url.replace(/[^/]*(\.[jt]s)$/, 'keychain-process$1')))
const systemKeychain = keychainOf([process.execPath, helper])

let current: Keychain = systemKeychain

/** The keychain that all code uses. */
export const keychain: Keychain = (requests, env) => current(requests, env)

/** Replaces the system's keychain in tests; returns a function that restores it. */
export function useKeychain(other: Keychain): () => void {
  const before = current
  current = other
  return () => {
    current = before
  }
}

function readAnswer(stdout: string): KeychainAnswer | null {
  try {
    return JSON.parse(stdout) as KeychainAnswer
  } catch {
    return null
  }
}

/** On a server, in a container or over ssh there is no desktop, so no keychain answers on the session's bus. */
function inWords(problem: string): string {
  if (/D-?Bus/i.test(problem)) return 'no Secret Service (GNOME Keyring, KWallet, KeePassXC) answers in this session'
  return printable(problem, 200)
}

const otherwise =
  'Keep the secrets in a file instead: --store file, or MHLOOP_CREDENTIAL_STORE=file (mhloop help environment)'

function unavailable(why: string): Fault {
  return new Fault(`This machine has no keychain that mhloop can use: ${why.replace(/\.$/, '')}.`, {
    code: 'KEYCHAIN_UNAVAILABLE',
    hint: otherwise,
  })
}

function silent(milliseconds: number): Fault {
  return new Fault(`The keychain did not answer within ${milliseconds / 1000} seconds: it may be locked.`, {
    code: 'KEYCHAIN_SILENT',
    hint: `Unlock it and run the command again. ${otherwise}`,
  })
}
