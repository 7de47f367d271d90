import {
  destinationsVerdict,
  holdsVerdict,
  notConnected,
  registrationsVerdict,
  secretsVerdict,
} from '../../core/doctor/setup.ts'
import {
  clockVerdict,
  limitVerdict,
  loopKeyVerdict,
  masonhubTokenVerdict,
  reachVerdict,
  scopesVerdict,
} from '../../core/doctor/vendors.ts'
import { fail, ok, skipped } from '../../core/doctor/verdict.ts'
import { printable } from '../../core/text/printable.ts'
import { type HttpProxy, proxyFor } from '../../http/proxy/proxy.ts'
import { tokenEnd } from '../../masonhub/account/token.ts'
import { secretTitles } from '../../merchants/secrets/credentials.ts'
import { isTokenRegistered } from '../connect/apply.ts'
import { endpointUrls, isOurEndpoint, maskedUrl } from '../connect/endpoint-urls.ts'
import { planConnect, type Registered, rmaEvent } from '../connect/plan.ts'
import { changeToJson } from '../connect/registrations.ts'
import type { CheckContext } from './check-context.ts'
import { publicBase } from './public-base.ts'
import type { CheckOf } from './run.ts'

const loopKey = ['loop.credentials'] as const
const masonhubToken = ['masonhub.credentials'] as const

export const vendorChecks: readonly CheckOf<CheckContext>[] = [
  {
    code: 'merchant.settings',
    async run(context) {
      const { merchant } = await context.found()
      const { loop, masonhub, environment } = merchant
      const hosts = new Set([loop.baseUrl, masonhub.baseUrl].map((url) => new URL(url).host))
      return ok(`${environment}, slug ${masonhub.slug}, at ${[...hosts].join(' and ')}.`)
    },
  },
  {
    code: 'merchant.secrets',
    needs: ['merchant.settings'],
    async run(context) {
      const places = await context.places()
      const { masonhubToken } = await context.secrets()
      const known = places.map(({ name, title, place, problem, since }) => {
        const { key, required } = secretTitles[name]
        const token = name === 'masonhubToken' ? masonhubToken : undefined
        return { title, key, required, place, problem, since, expiresAt: token ? tokenEnd(token.value.reveal()) : null }
      })
      return secretsVerdict(known, context.name, context.now)
    },
  },
  {
    code: 'loop.reachable',
    needs: ['merchant.secrets'],
    run: async (context) =>
      reachVerdict(
        'loop',
        Object.values(await context.scopes()),
        context.probes.loop,
        context.name,
        await proxyTo('loop', context),
      ),
  },
  {
    code: 'loop.credentials',
    needs: ['loop.reachable'],
    run: async (context) => loopKeyVerdict(await context.scopes(), context.name),
  },
  { code: 'loop.scopes', needs: loopKey, run: async (context) => scopesVerdict(await context.scopes()) },
  { code: 'loop.clock', needs: ['loop.reachable'], run: (context) => clockVerdict('loop', context.probes.loop) },
  { code: 'loop.limit', needs: loopKey, run: (context) => limitVerdict('loop', context.probes.loop) },
  {
    code: 'loop.destinations',
    needs: loopKey,
    async run(context) {
      const { merchant } = await context.found()
      return destinationsVerdict(merchant.policy.destinations, await context.destinations(), context.name)
    },
  },
  { code: 'loop.webhooks', needs: loopKey, run: webhooksVerdict },
  {
    code: 'masonhub.reachable',
    needs: ['merchant.secrets'],
    run: async (context) =>
      reachVerdict(
        'masonhub',
        [await context.account()],
        context.probes.masonhub,
        context.name,
        await proxyTo('masonhub', context),
      ),
  },
  {
    code: 'masonhub.credentials',
    needs: ['masonhub.reachable'],
    run: async (context) => masonhubTokenVerdict(await context.account(), context.name),
  },
  {
    code: 'masonhub.clock',
    needs: ['masonhub.reachable'],
    run: (context) => clockVerdict('masonhub', context.probes.masonhub),
  },
  { code: 'masonhub.limit', needs: masonhubToken, run: (context) => limitVerdict('masonhub', context.probes.masonhub) },
  { code: 'masonhub.callbacks', needs: [...masonhubToken, 'journal.open'], run: callbacksVerdict },
  {
    code: 'masonhub.holds',
    needs: masonhubToken,
    run: async (context) => holdsVerdict(await context.holds(), rmaEvent),
  },
]

/** The proxy that the environment sets for a vendor (H20); null for none. */
async function proxyTo(vendor: 'loop' | 'masonhub', { found, machine }: CheckContext): Promise<HttpProxy | null> {
  const { merchant } = await found()
  return proxyFor(machine.env, new URL(merchant[vendor].baseUrl))
}

async function webhooksVerdict(context: CheckContext) {
  const secrets = await context.secrets()
  const key = secrets.receiverKey?.value.reveal()
  if (key === undefined) return notConnected(context.name)
  if (secrets.loopWebhookSecret === undefined) {
    return fail(
      "Loop's signing secret is missing, so webhooks can't be accepted.",
      `It is on the Developer tools page of the Loop admin: mhloop merchant set -m ${context.name} loop-webhook-secret`,
    )
  }
  const webhooks = await context.webhooks()
  return registrationsVerdict(await registeredAt(context, key, 'loop', { webhooks, callbacks: [] }, true))
}

async function callbacksVerdict(context: CheckContext) {
  const secrets = await context.secrets()
  const { receiverKey, callbackToken } = secrets
  const callbacks = await context.callbacks()
  const key = receiverKey?.value.reveal() ?? null
  const others = callbacks.filter(({ url, messageType }) => messageType === rmaEvent && !isOurEndpoint(url, key))
  if (key === null && others.length === 0) return notConnected()
  if (others.length > 0) {
    const hosts = [...new Set(others.map(({ url }) => maskedUrl(url, key)))].join(', ')
    if (key === null && !(await context.works()))
      return skipped(`Not connected; MasonHub sends its receipts to ${printable(hosts, 200)}.`)
    return fail(
      `MasonHub also sends its receipts to ${printable(hosts, 200)}: two systems that both process returns would both refund.`,
      `Ask its owner. Until then: mhloop refunds pause -m ${context.name} --reason "another system listens"`,
    )
  }
  if (key === null) return notConnected()
  const journal = await context.machine.journal()
  const { merchant } = await context.found()
  const since = callbackToken?.since ?? null
  const isRegistered = callbackToken !== undefined && (await isTokenRegistered({ journal, merchant }, since))
  return registrationsVerdict(await registeredAt(context, key, 'masonhub', { webhooks: [], callbacks }, isRegistered))
}

/** What `merchant connect` would change at one vendor, for the base URL of our registrations. */
async function registeredAt(
  context: CheckContext,
  key: string,
  vendor: 'loop' | 'masonhub',
  registered: Registered,
  tokenRegistered: boolean,
) {
  const ours = [...registered.webhooks, ...registered.callbacks].filter(({ url }) => isOurEndpoint(url, key))
  const base = publicBase(ours.map(({ url }) => url))
  const others = registered.webhooks.filter(({ url }) => !isOurEndpoint(url, key)).map(({ url }) => maskedUrl(url, key))
  const urls = endpointUrls(base ?? 'https://unknown.invalid', key)
  const changes = planConnect(registered, { key, urls, tokenRegistered }).filter((change) => change.vendor === vendor)
  const url = base ?? (await otherBase(context, key)) ?? 'https://HOST'
  return {
    outstanding: changes.map(changeToJson),
    good: ours.length,
    others: [...new Set(others)],
    remedy: `mhloop merchant connect -m ${context.name} --url ${url}`,
  }
}

/** The base URL of our registrations at the other vendor, when this one has none. */
async function otherBase(context: CheckContext, key: string): Promise<string | null> {
  const readings = await Promise.allSettled([context.webhooks(), context.callbacks()])
  const urls = readings.flatMap((reading) =>
    reading.status === 'fulfilled' ? reading.value.map(({ url }) => url) : [],
  )
  return publicBase(urls.filter((url) => isOurEndpoint(url, key)))
}
