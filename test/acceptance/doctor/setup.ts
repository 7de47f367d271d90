import { destinationIds } from '../../../src/sandbox/loop/register.ts'
import { signToken } from '../../../src/sandbox/masonhub/account/tokens.ts'
import { day } from '../harness.ts'
import { type Broken, secrets, webhooks } from './breaking.ts'
import { base } from './healthy.ts'

export const setup: readonly Broken[] = [
  {
    name: 'F66: a profile that mixes up its environments',
    code: 'merchant.settings',
    status: 'fail',
    message: /is set to sandbox, but its MasonHub base URL belongs to production/,
    remedy: /^mhloop merchant set -m acme environment production$/,
    skips: (code) => !/^(machine|journal)\./.test(code),
    break: async (at) => ({
      mend: await at.profile({ masonhub: { slug: 'demo', baseUrl: 'https://app.masonhub.co/demo/api/v1' } }),
    }),
  },
  {
    name: 'a MasonHub token that is gone',
    code: 'merchant.secrets',
    status: 'fail',
    message: /There is no MasonHub token/,
    remedy: /^mhloop merchant set -m acme masonhub-token$/,
    skips: (code) => /^(loop|masonhub|returns)\./.test(code) || ['work.silence', 'work.pull'].includes(code),
    exit: 4,
    break: (at) => secrets(at, (acme) => void delete acme.masonhubToken),
  },
  {
    name: 'a key of two years ago',
    code: 'merchant.secrets',
    status: 'warn',
    message: /Over a year old: Loop API key/,
    remedy: /^mhloop merchant set -m acme loop-api-key$/,
    break: (at) =>
      secrets(at, (acme) => void Object.assign(acme.loopApiKey ?? {}, { since: '2024-11-01T00:00:00.000Z' })),
  },
  {
    name: 'a token that ends next week',
    code: 'merchant.secrets',
    status: 'warn',
    message: /The MasonHub token ends on 2026-11-30/,
    remedy: /^mhloop merchant rotate masonhub -m acme$/,
    async break(at) {
      const { installed } = at.sandbox.world
      const before = installed.masonhubToken
      const longLife = 100 * 365 * day
      const token = signToken('another phrase', new Date(Date.parse('2026-11-30T00:00:00Z') - longLife))
      installed.masonhubToken = token
      const { mend } = await secrets(at, (acme) => void Object.assign(acme.masonhubToken ?? {}, { value: token }))
      return {
        async mend() {
          installed.masonhubToken = before
          await mend?.()
        },
      }
    },
  },
  {
    name: 'G1: a profile that works with another journal',
    code: 'merchant.journal',
    status: 'fail',
    message: /is bound to the journal \/srv\/lost\/journal\.db \(0749a8ca\), but this run uses /,
    remedy: /mhloop merchant rebind acme$/,
    break: async (at) => ({
      mend: await at.profile({
        journal: { id: '0749a8ca-lost', place: '/srv/lost/journal.db', since: '2026-11-01T00:00:00.000Z' },
      }),
    }),
  },
  {
    name: 'G10: a second name on the same Loop account',
    code: 'merchant.account',
    status: 'warn',
    message: /It shares its Loop account with twin: pauses, limits/,
    remedy: /Keep only one of them.*mhloop merchant remove NAME$/,
    break: (at) => ({
      options: {
        openJournal: at.overlay({ refunds: { ...at.journal.refunds, namesBeside: async () => ['twin'] } }),
      },
    }),
  },
  {
    name: 'a configured destination that Loop does not have',
    code: 'loop.destinations',
    status: 'fail',
    message: /no destination 777; it has MasonHub Rancho Cucamonga \(501\)/,
    remedy: /^mhloop merchant set -m acme destinations ID,ID$/,
    break: async (at) => ({
      mend: await at.profile({ policy: { ...at.context.merchant.policy, destinations: ['501', '777'] } }),
    }),
  },
  {
    name: 'a configured destination that is switched off',
    code: 'loop.destinations',
    status: 'warn',
    message: /MasonHub Rancho Cucamonga \(501\) is switched off/,
    remedy: /merchant set -m acme destinations/,
    break(at) {
      const { loop } = at.sandbox
      const house = loop.destinations.get(destinationIds.masonhub)
      if (house === undefined) throw new Error('the stand-in has no house')
      loop.addDestination({ ...house, enabled: false })
      return { mend: () => loop.addDestination(house) }
    },
  },
  {
    name: 'no destination chosen, of several',
    code: 'loop.destinations',
    status: 'warn',
    message: /Every return is handled, but Loop has 3 destinations/,
    remedy: /merchant set -m acme destinations/,
    break: async (at) => ({
      mend: await at.profile({ policy: { ...at.context.merchant.policy, destinations: [] } }),
    }),
  },
  {
    name: 'F25: a webhook that Loop has switched off',
    code: 'loop.webhooks',
    status: 'fail',
    message: /return\/return\.created is switched off/,
    remedy: new RegExp(`^mhloop merchant connect -m acme --url ${base}$`),
    break: (at) => webhooks(at, (all, first) => all.set(first.id, { ...first, status: 'inactive' })),
  },
  {
    name: 'a webhook that is missing',
    code: 'loop.webhooks',
    status: 'fail',
    message: /return\/return\.created is not registered/,
    remedy: /merchant connect -m acme --url/,
    break: (at) => webhooks(at, (all, first) => all.delete(first.id)),
  },
  {
    name: 'a webhook that points to another host',
    code: 'loop.webhooks',
    status: 'fail',
    message: /return\/return\.created points elsewhere/,
    remedy: /merchant connect -m acme --url/,
    break: (at) =>
      webhooks(at, (all, first) =>
        all.set(first.id, { ...first, url: first.url.replace(base, 'https://old.example.com') }),
      ),
  },
  {
    name: 'a webhook that is registered twice',
    code: 'loop.webhooks',
    status: 'warn',
    message: /return\/return\.created is registered more than once/,
    remedy: /merchant connect -m acme --url/,
    break: (at) => webhooks(at, (all, first) => all.set(9_999, { ...first, id: 9_999 })),
  },
  {
    name: 'a signing secret that is missing',
    code: 'loop.webhooks',
    status: 'fail',
    message: /signing secret is missing, so webhooks can't be accepted/,
    remedy: /mhloop merchant set -m acme loop-webhook-secret$/,
    break: (at) => secrets(at, (acme) => void delete acme.loopWebhookSecret),
  },
  {
    name: 'F29: a callback that is gone',
    code: 'masonhub.callbacks',
    status: 'fail',
    message: /rmaEvent 2\.0 is not registered/,
    remedy: new RegExp(`^mhloop merchant connect -m acme --url ${base}$`),
    async break({ context: { masonhub } }) {
      const callbacks = await masonhub.callbacks.list()
      await masonhub.callbacks.remove(callbacks.map(({ callbackId }) => callbackId))
      return {
        mend: () =>
          masonhub.callbacks.create(
            callbacks.map(({ url }) => ({ url, messageType: 'rmaEvent', apiVersion: '2.0', token: 'a token of ours' })),
          ),
      }
    },
  },
  {
    name: 'F12: somebody else who is told about receipts',
    code: 'masonhub.callbacks',
    status: 'fail',
    message: /MasonHub also sends its receipts to https:\/\/other\.example\.com\/…/,
    remedy: /mhloop refunds pause -m acme --reason/,
    async break({ context: { masonhub } }) {
      const before = new Set((await masonhub.callbacks.list()).map(({ callbackId }) => callbackId))
      const other = {
        url: 'https://other.example.com/secret/path',
        messageType: 'rmaEvent',
        apiVersion: '2.0',
      } as const
      await masonhub.callbacks.create([other])
      return {
        async mend() {
          const fresh = (await masonhub.callbacks.list()).filter(({ callbackId }) => !before.has(callbackId))
          await masonhub.callbacks.remove(fresh.map(({ callbackId }) => callbackId))
        },
      }
    },
  },
  {
    name: 'a callback token that is younger than its registration',
    code: 'masonhub.callbacks',
    status: 'warn',
    message: /may carry an old callback token/,
    remedy: /merchant connect -m acme --url/,
    break: (at) =>
      secrets(at, (acme) => void Object.assign(acme.callbackToken ?? {}, { since: at.clock.now().toISOString() })),
  },
  {
    name: 'CB-004: a hold at MasonHub',
    code: 'masonhub.holds',
    status: 'fail',
    message: /holds back rmaEvent messages since 2026-11-23/,
    remedy: /DELETE \/callback_holds/,
    async break({ context: { masonhub } }) {
      await masonhub.holds.create(['rmaEvent'])
      return { mend: () => masonhub.holds.remove(['rmaEvent']) }
    },
  },
]
