import type { RegisteredCode } from '../errors/fault-codes.ts'
import type { Explanation } from './explanation.ts'

/** Errors about returns, refunds and messages. */
export const returns = {
  RETURN_ID_INVALID: {
    means: 'A return id is not a number like those that Loop assigns.',
    next: 'Type the number at the end of the return’s address in the Loop admin.',
  },
  RETURN_NOT_FOUND: {
    means: 'Neither Loop nor the journal knows a return by that id, order name, RMA, tracking number or bag barcode.',
    next: 'Check the id in the Loop admin, and the merchant: mhloop rma show ID -m NAME',
  },
  RETURN_AMBIGUOUS: {
    means: 'The name or number matches several returns, and mhloop never picks one.',
    next: 'Take one of the ids in the message: mhloop rma show ID -m NAME',
  },
  EVENT_NOT_FOUND: {
    means: 'The journal has no event with that id.',
    next: 'List the events: mhloop event list -m NAME',
  },
  WINDOW_INVALID: {
    means: 'The window for reading returns from Loop has no valid start or end.',
    next: 'Give dates such as 2026-11-01 or 2026-11-01T09:30:00Z, the earlier one first.',
  },
  LINE_ITEMS_INVALID: {
    means: 'Units of a return are named by the ids of different line items, at most 100 at a time.',
    next: 'List the line items of the return: mhloop rma show ID --json -m NAME',
  },
  NOTE_LENGTH: { means: 'A note in Loop must have 1 to 254 characters.', next: 'Shorten the text given with --note.' },
  PAUSE_OF_OTHER_ACCOUNT: {
    means: '`env` was paused for another Loop account than the one of the key in the environment; nothing was resumed.',
    next: 'Resume it with that account’s key; if the key was replaced since: env -u MHLOOP_LOOP_API_KEY mhloop refunds resume -m env',
  },
  PRODUCTION_REFUSED: {
    means: 'A smoke test would put test RMAs into a production account.',
    next: 'Use a sandbox account; if it must be this one, the message has the command.',
  },
  SMOKE_FAILED: {
    means: 'A step of the smoke test did not end as it should.',
    next: 'Look at the step and its remedy, then run it again: mhloop smoke -m NAME',
  },
  SMOKE_IN_DOUBT: {
    means: 'The smoke test sent a refund or a flag to Loop, and its outcome is not known.',
    next: 'Look at the return before anything else: mhloop rma show ID -m NAME',
  },
} as const satisfies Partial<Record<RegisteredCode, Explanation>>

const doctor = 'See what works and what does not: mhloop doctor -m NAME'
const later = 'Try again later; nothing was lost. If it lasts: mhloop doctor -m NAME'

/** Errors when Loop is asked. */
export const loop = {
  LOOP_UNREACHABLE: {
    means: 'Loop could not be reached: no network, an unknown host name, a proxy in between, or no answer in time.',
    next: doctor,
  },
  LOOP_UNREADABLE: {
    means: 'Loop answered with something that mhloop cannot use, such as a web page, a redirect or a cut-off answer.',
    next: 'Check the base URL (mhloop merchant show -m NAME); if it is right, quote the request id to Loop.',
  },
  LOOP_SERVER_ERROR: { means: 'Loop answered with a server error (5xx), even after retries.', next: later },
  LOOP_RATE_LIMITED: {
    means: 'Loop refused the request because there were too many (429), even after waiting.',
    next: later,
  },
  LOOP_CURSOR_EXPIRED: {
    means: 'Loop refused twice to continue a list that it had begun.',
    next: 'Run the same command again, with a shorter window such as --since 1d.',
  },
  LOOP_UNAUTHORIZED: {
    means: 'Loop refused the API key (401): it is mistyped or revoked, or lacks the scope that this request needs.',
    next: 'Check the key and its scopes in the Loop admin, then: mhloop merchant set -m NAME loop-api-key',
  },
  LOOP_FORBIDDEN: {
    means: 'Loop refused the request (403): this key may not do that.',
    next: 'Check the scopes of the key in the Loop admin, then: mhloop doctor -m NAME',
  },
  LOOP_SCOPE_MISSING: {
    means: 'The Loop API key works, but lacks a scope that is needed.',
    next: 'Give the key that scope in the Loop admin (Developer tools), then: mhloop doctor -m NAME',
  },
  LOOP_NOT_FOUND: {
    means: 'Loop has nothing at that address (404).',
    next: 'Check the id in the Loop admin, and the base URL with its version: mhloop merchant show -m NAME',
  },
  LOOP_REJECTED: {
    means: 'Loop rejected the request (4xx); the message repeats its reason.',
    next: 'Correct what Loop complains about, or show it the request id.',
  },
  LOOP_REFUSED: {
    means: 'Loop refused the request, although with status 200; the message repeats its reason.',
    next: 'Look at the return in the Loop admin.',
  },
  LOOP_IN_DOUBT: {
    means: 'A request that must not be repeated was sent to Loop, and it is unknown whether it took effect.',
    next: 'Look before you repeat anything: mhloop rma show ID -m NAME',
  },
} as const satisfies Partial<Record<RegisteredCode, Explanation>>

/** Errors when MasonHub is asked. */
export const masonhub = {
  MASONHUB_UNREACHABLE: {
    means: 'MasonHub could not be reached: no network, an unknown host name, a proxy in between, or no answer in time.',
    next: doctor,
  },
  MASONHUB_UNREADABLE: {
    means:
      'MasonHub answered with something that mhloop cannot use, such as a web page or records that were not asked for.',
    next: 'Check the base URL (mhloop merchant show -m NAME); if it is right, quote the request id to MasonHub.',
  },
  MASONHUB_SERVER_ERROR: {
    means: 'MasonHub answered with a server error (5xx), even after retries.',
    next: later,
  },
  MASONHUB_RATE_LIMITED: {
    means: 'MasonHub refused the request because there were too many (429), even after waiting.',
    next: later,
  },
  MASONHUB_UNAUTHORIZED: {
    means: 'MasonHub refused the token (401).',
    next: 'Ask MasonHub for a token of this account, then: mhloop merchant set -m NAME masonhub-token',
  },
  MASONHUB_FORBIDDEN: {
    means: 'MasonHub refused the request (403): this token may not do that.',
    next: 'Ask MasonHub for a token of this account, then: mhloop merchant set -m NAME masonhub-token',
  },
  MASONHUB_WRONG_SLUG: {
    means: 'MasonHub answered with its login page, or with nothing at all: the account slug is most likely wrong.',
    next: 'Take the word after the host in MasonHub’s address: mhloop merchant set -m NAME slug SLUG',
  },
  MASONHUB_NOT_FOUND: {
    means: 'MasonHub has nothing at that address (404).',
    next: 'Check the id, and the merchant: mhloop merchant show -m NAME',
  },
  MASONHUB_REJECTED: {
    means: 'MasonHub rejected the request (4xx); the message repeats its reason.',
    next: 'Correct what MasonHub complains about, or show it the request id.',
  },
  MASONHUB_REFUSED: {
    means: 'MasonHub refused a record; the message repeats its reason.',
    next: 'Correct what MasonHub complains about, or show it the message: integration-support@masonhub.co',
  },
  MASONHUB_IN_DOUBT: {
    means: 'A write was sent to MasonHub, and its outcome is unknown.',
    next: 'Look before you repeat it; for returns, the next sync reads what is there: mhloop asn sync -m NAME',
  },
} as const satisfies Partial<Record<RegisteredCode, Explanation>>

/** Errors of webhooks, callbacks and the server that takes them. */
export const receiver = {
  NOT_CONNECTED: {
    means: 'The merchant was never connected, so there is no callback token to replace.',
    next: 'Connect it first: mhloop merchant connect -m NAME --url https://HOST',
  },
  URL_REFUSED: {
    means:
      'The public address for webhooks cannot be used: it is not an https address, or it is too long for a vendor.',
    next: 'Give the address under which the server is reached: mhloop merchant connect -m NAME --url https://HOST',
  },
  RECEIVER_ADDRESS: {
    means: 'The server cannot listen there: the port is taken, or the address is not one of this machine.',
    next: 'Choose another one: mhloop serve --port 8443',
  },
  RECEIVER_KEY: {
    means: 'The key in a merchant’s webhook address is too easy to guess, so the server does not use it.',
    next: 'Use 32 to 100 characters of A–Z, a–z, 0–9, - or _; a stored merchant gets one from mhloop merchant connect -m NAME --url https://HOST',
  },
  RECEIVER_TLS: {
    means: 'The certificate or the private key of the server cannot be used.',
    next: 'Give two PEM files that belong together: mhloop serve --help',
  },
} as const satisfies Partial<Record<RegisteredCode, Explanation>>
