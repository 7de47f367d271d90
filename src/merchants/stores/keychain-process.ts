/**
 * Talks to the system's keychain in a process of its own: a keychain that hangs (locked, or its daemon is gone) blocks
 * the calling thread, and with it the end of that thread's process (F61). Reads one JSON request from standard input
 * and writes one JSON answer to standard output, so that secrets are neither in arguments nor in the environment (F59).
 */
import { text } from 'node:stream/consumers'
import { Entry } from '@napi-rs/keyring'
import type { KeychainAnswer, KeychainRequest } from './keychain.ts'

/** The library would otherwise fall back to the kernel's keyring, which does not survive a reboot (F61). */
const options = process.platform === 'linux' ? ({ linux: { store: 'secret-service' } } as const) : undefined

function perform({ action, service, account, value }: KeychainRequest): string | null {
  const entry = new Entry(service, account, options)
  if (action === 'set') entry.setPassword(value ?? '')
  else if (action === 'remove') entry.deletePassword()
  return action === 'get' ? entry.getPassword() : null
}

function answer(requests: readonly KeychainRequest[]): KeychainAnswer {
  try {
    return { values: requests.map(perform) }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'unknown' }
  }
}

void text(process.stdin).then((requests) => {
  process.stdout.write(JSON.stringify(answer(JSON.parse(requests) as KeychainRequest[])))
})
