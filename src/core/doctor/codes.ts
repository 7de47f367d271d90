/** Every check of `doctor` by its stable code, in the order of the report. */
export const machineCodes = [
  'machine.node',
  'machine.files',
  'machine.environment',
  'journal.open',
  'journal.health',
  'journal.disk',
  'journal.log',
] as const

export const merchantCodes = [
  'merchant.settings',
  'merchant.secrets',
  'merchant.journal',
  'merchant.account',
  'loop.reachable',
  'loop.credentials',
  'loop.scopes',
  'loop.clock',
  'loop.limit',
  'loop.destinations',
  'loop.webhooks',
  'masonhub.reachable',
  'masonhub.credentials',
  'masonhub.clock',
  'masonhub.limit',
  'masonhub.callbacks',
  'masonhub.holds',
  'returns.readable',
  'returns.skus',
  'returns.reasons',
  'returns.outcomes',
  'returns.auto-processing',
  'returns.flagged',
  'returns.foreign',
  'returns.stale',
  'work.silence',
  'work.pull',
  'work.inbox',
  'work.quarantine',
  'work.parked',
  'work.in-doubt',
  'work.refunds',
] as const

export const checkCodes = [...machineCodes, ...merchantCodes] as const
export type CheckCode = (typeof checkCodes)[number]

/** The codes that a word selects: one code, or a group such as `loop`; null for an unknown word. */
export function codesNamed(word: string): CheckCode[] | null {
  const requested = word.trim().toLowerCase()
  const named = checkCodes.filter((code) => code === requested || code.startsWith(`${requested}.`))
  return named.length === 0 ? null : named
}
