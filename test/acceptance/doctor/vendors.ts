import { hour, minute } from '../harness.ts'
import { type Broken, faults, ofVendor } from './breaking.ts'

export const vendors: readonly Broken[] = [
  {
    name: 'a Loop that cuts every connection',
    code: 'loop.reachable',
    status: 'fail',
    message: /the connection was closed/,
    remedy: /Check the network and the firewall.+mhloop merchant show acme$/,
    skips: (code) => ofVendor('loop')(code) && code !== 'returns.stale',
    exit: 7,
    break: (at) => faults(at, { 'loop.down': 1 }),
  },
  {
    name: 'a Loop that answers with errors only',
    code: 'loop.reachable',
    status: 'fail',
    message: /failed on Loop's side with 500/,
    remedy: /answers, but not with the requested data/,
    skips: (code) => ofVendor('loop')(code) && code !== 'returns.stale',
    exit: 7,
    break: (at) => faults(at, { 'loop.error-500': 1 }),
  },
  {
    name: 'TLS where it does not exist',
    code: 'loop.reachable',
    status: 'fail',
    message: /no trusted TLS connection/,
    remedy: /breaks TLS/,
    skips: (code) => ofVendor('loop')(code) && code !== 'returns.stale',
    exit: 7,
    break: async (at) => ({
      mend: await at.profile({ loop: { baseUrl: at.sandbox.loopBaseUrl.replace('http:', 'https:') } }),
    }),
  },
  {
    name: 'F45: a Loop key that is refused',
    code: 'loop.credentials',
    status: 'fail',
    message: /Loop refuses the API key/,
    remedy: /mhloop merchant set -m acme loop-api-key$/,
    skips: (code) => ofVendor('loop')(code) && !['loop.credentials', 'loop.clock', 'returns.stale'].includes(code),
    exit: 4,
    break: (at) => faults(at, { 'loop.unauthorized': 1 }),
  },
  {
    name: 'a key without Developer Tools',
    code: 'loop.scopes',
    status: 'fail',
    message: /lacks Developer Tools; it has Returns and Destinations \(Read\)/,
    remedy: /Give the key that scope/,
    skips: (code) => code === 'loop.webhooks',
    exit: 4,
    break: (at) => faults(at, { 'loop.missing-scope-developer-tools': 1 }),
  },
  {
    name: 'a key without Destinations',
    code: 'loop.scopes',
    status: 'fail',
    message: /lacks Destinations \(Read\)/,
    remedy: /Give the key that scope/,
    skips: (code) => code === 'loop.destinations',
    exit: 4,
    break: (at) => faults(at, { 'loop.missing-scope-destinations': 1 }),
  },
  {
    name: 'a key without Returns, answered with 403',
    code: 'loop.scopes',
    status: 'fail',
    message: /lacks Returns/,
    remedy: /Give the key that scope/,
    skips: (code) => (code.startsWith('returns.') && code !== 'returns.stale') || code === 'work.pull',
    exit: 4,
    break: (at) => faults(at, { 'loop.missing-scope-returns': 1, 'loop.missing-scope-is-403': 1 }),
  },
  {
    name: 'F40: a Loop clock that is two minutes ahead',
    code: 'loop.clock',
    status: 'warn',
    message: /Loop's clock is 2 min ahead of this machine's/,
    remedy: /NTP/,
    break: (at) => faults(at, { 'loop.clock-ahead-ms': 2 * minute + 1_000 }),
  },
  {
    name: 'F40: a MasonHub clock that is an hour ahead',
    code: 'masonhub.clock',
    status: 'fail',
    message: /MasonHub's clock is 60 min ahead/,
    remedy: /NTP/,
    break: (at) => faults(at, { 'masonhub.clock-ahead-ms': hour + 1_000 }),
  },
  {
    name: 'F44: a Loop limit that others use up',
    code: 'loop.limit',
    status: 'warn',
    message: /Only \d+ of 80 requests left/,
    remedy: /what else uses this key/,
    async break(at) {
      const damage = faults(at, { 'loop.rate-limit': 80 })
      for (let others = 0; others < 61; others += 1) await at.context.loop.destinations()
      return damage
    },
  },
  {
    name: 'F44: a MasonHub limit that others use up',
    code: 'masonhub.limit',
    status: 'warn',
    message: /Only \d of 40 requests left/,
    remedy: /what else uses this key/,
    async break(at) {
      const damage = faults(at, { 'masonhub.rate-limit': 40, 'masonhub.rate-limit-headers': 1 })
      for (let others = 0; others < 32; others += 1) await at.context.masonhub.holds.list()
      return damage
    },
  },
  {
    name: 'a MasonHub that cuts every connection',
    code: 'masonhub.reachable',
    status: 'fail',
    message: /the connection was closed/,
    remedy: /Check the network and the firewall/,
    skips: (code) =>
      /^masonhub\.(?!reachable)/.test(code) ||
      ['returns.skus', 'returns.auto-processing', 'returns.stale'].includes(code),
    exit: 7,
    break: (at) => faults(at, { 'masonhub.down': 1 }),
  },
  {
    name: 'F45: a MasonHub token that is refused',
    code: 'masonhub.credentials',
    status: 'fail',
    message: /MasonHub refuses the token/,
    remedy: /mhloop merchant set -m acme masonhub-token$/,
    skips: (code) =>
      /^masonhub\.(limit|callbacks|holds)$/.test(code) ||
      ['returns.skus', 'returns.auto-processing', 'returns.stale'].includes(code),
    exit: 4,
    break: (at) => faults(at, { 'masonhub.unauthorized': 1 }),
  },
  {
    name: 'API-001: a slug that MasonHub does not know',
    code: 'masonhub.credentials',
    status: 'fail',
    message: /does not know the account slug/,
    remedy: /mhloop merchant set -m acme slug SLUG$/,
    skips: (code) =>
      /^masonhub\.(limit|callbacks|holds)$/.test(code) ||
      ['returns.skus', 'returns.auto-processing', 'returns.stale'].includes(code),
    exit: 4,
    break: async (at) => ({
      mend: await at.profile({ masonhub: { slug: 'typo', baseUrl: `${at.sandbox.url}/typo/api/v1` } }),
    }),
  },
]
