/**
 * The folders of `src`, the highest first: what each holds, and which of our folders it may import.
 * test/architecture.test.ts fails for an import without a permission here, and for a permission without an import; `npm
 * run docs` writes the table into CONTRIBUTING.md and docs/architecture.md.
 */
export type Layer = {
  folder: string
  holds: string
  /** Folders whose code it may use; `core/errors/fault` is that one file of core. */
  imports: readonly string[]
  /** Folders of which it may import types only (`import type`). */
  types?: readonly string[]
}

export const layers: readonly Layer[] = [
  {
    folder: 'commands',
    holds: 'one thin file per command: parse, call one use case, return data and a view',
    imports: ['cli', 'usecases', 'merchants', 'journal', 'sandbox', 'core'],
    types: ['receiver/receiver'],
  },
  {
    folder: 'cli',
    holds: 'base command, streams, output, prompts, exit; `views/` draw results',
    imports: ['usecases', 'merchants', 'journal', 'http/vendor-faults', 'core'],
    types: ['loop/client'],
  },
  {
    folder: 'usecases',
    holds: 'observe → plan → apply, wired: sync, resolve, show, audit, serve',
    imports: ['effects', 'receiver', 'loop', 'masonhub', 'merchants', 'journal', 'http', 'core'],
  },
  {
    folder: 'effects',
    holds: 'the life of an effect: planned, claimed, sent once, recorded, settled by reading',
    imports: ['journal', 'core'],
    types: ['loop/client', 'masonhub/client', 'merchants'],
  },
  {
    folder: 'receiver',
    holds: 'the HTTP server for webhooks and callbacks: store, then answer',
    imports: ['loop/signature', 'masonhub/rmas/rma-event', 'http/json', 'core'],
    types: ['journal/journal'],
  },
  {
    folder: 'loop',
    holds: 'the client of Loop; its quirks end here',
    imports: ['http', 'core'],
  },
  {
    folder: 'masonhub',
    holds: 'the client of MasonHub; its quirks end here',
    imports: ['http', 'core'],
  },
  {
    folder: 'merchants',
    holds: 'profiles and credentials',
    imports: ['http', 'core'],
  },
  {
    folder: 'http',
    holds: 'one transport over got: retries by effect class, rate limit, redaction',
    imports: ['core'],
  },
  {
    folder: 'journal',
    holds: 'the durable memory; what differs between SQLite and PostgreSQL is in `sqlite/` and `postgres/`',
    imports: ['core'],
  },
  {
    folder: 'sandbox',
    holds: 'stand-ins of both vendors and the warehouse; no rule and no wire code shared with what they try',
    imports: ['core/errors/fault', 'core/text/printable'],
  },
  {
    folder: 'core',
    holds: 'the rules, pure: plan an RMA, compare it, read a receipt, decide',
    imports: [],
  },
]
