import type { Env } from '../../merchants/files/config-folder.ts'
import type { StoredSecrets } from '../../merchants/secrets/credentials.ts'
import { newReceiverKey } from '../../merchants/secrets/credentials.ts'
import type { MerchantContext } from '../merchant-context.ts'
import { applyChanges, isTokenRegistered, observeRegistrations } from './apply.ts'
import { endpointUrls, maskedUrl } from './endpoint-urls.ts'
import { type Change, endangered, planConnect, planDisconnect, type Registered } from './plan.ts'
import { type ChangeJson, changeToJson, type Registration, registrationsOf } from './registrations.ts'
import { currentValue, type EndpointSecret, missingEndpointSecrets, storeEndpointSecrets } from './secrets.ts'

export type Connecting = {
  /** The public base URL, without the endpoint's path. */
  base: string
  env: Env
  secrets: StoredSecrets
  /** Loop's signing secret is stored. Without it webhooks stay inactive: Loop repeats none that we refuse (H6). */
  secretKnown: boolean
}

/** What would change; nothing is done yet. */
export type ConnectPlan = {
  registered: Registered
  changes: Change[]
  /** Hosts of other systems' rmaEvent callbacks, which MasonHub may replace by ours. */
  endangered: string[]
  /** Secrets that will be created and stored first. */
  making: EndpointSecret[]
}

/** The JSON of `merchant.connect` and `merchant.disconnect`, without what only the command knows. */
export type Connection = {
  before: Registration[]
  changes: ChangeJson[]
  /** What was read afterwards; null when nothing was changed. */
  after: Registration[] | null
  /** What the vendors still don't show as wanted, although they accepted every change. */
  outstanding: ChangeJson[]
  /** Hosts of other systems whose rmaEvent callback was there before and is gone. */
  displaced: string[]
}

/** Reads both vendors and plans. Throws Fault; changes nothing and creates no secret. */
export async function prepareConnect(context: MerchantContext, connecting: Connecting): Promise<ConnectPlan> {
  const { secrets } = connecting
  const making = missingEndpointSecrets(context.merchant.name, secrets)
  const registered = await observeRegistrations(context)
  // Without a stored key nothing there can be ours, so any key gives the same plan.
  const key = (secrets.receiverKey?.value ?? newReceiverKey()).reveal()
  const changes = await connectChanges(context, registered, connecting, key)
  const hosts = endangered(registered, changes, key).map(({ url }) => maskedUrl(url, key))
  return { registered, changes, endangered: [...new Set(hosts)], making }
}

/**
 * Stores the secrets, registers, and reads back. `askSecret` is called once the webhooks exist, because Loop shows
 * their signing secret only then (loop.md §7.1); if it returns that the secret is stored, the webhooks are activated.
 */
export async function applyConnect(
  context: MerchantContext,
  connecting: Connecting,
  plan: ConnectPlan,
  askSecret: () => Promise<boolean> = async () => false,
): Promise<Connection> {
  const { env, base } = connecting
  const { merchant, clock } = context
  const secrets = await storeEndpointSecrets(env, merchant.name, connecting.secrets, clock.now())
  const { receiverKey, callbackToken } = secrets
  if (receiverKey === undefined || callbackToken === undefined) throw new Error('the secrets were not kept')
  const key = receiverKey.value.reveal()
  const urls = endpointUrls(base, key)
  // With the key that is stored, which another run may have created meanwhile.
  const changes = await connectChanges(context, plan.registered, { ...connecting, secrets }, key)
  await applyChanges(context, changes, { urls, token: currentValue(callbackToken) })
  let after = await observeRegistrations(context)
  const secretKnown = connecting.secretKnown || (await askSecret())
  const known = { ...connecting, secrets, secretKnown }
  if (secretKnown && !connecting.secretKnown) {
    // Other outstanding changes may just not show yet, and must not be made twice.
    const inactive = (await connectChanges(context, after, known, key)).filter(({ why }) => why === 'inactive')
    await applyChanges(context, inactive, null)
    after = await observeRegistrations(context)
  }
  const outstanding = await connectChanges(context, after, known, key)
  const gone = endangered(plan.registered, changes, key).filter(
    ({ callbackId, url }) => !after.callbacks.some((other) => other.callbackId === callbackId && other.url === url),
  )
  return {
    before: registrationsOf(plan.registered, key),
    changes: changes.map(changeToJson),
    after: registrationsOf(after, key),
    outstanding: outstanding.map(changeToJson),
    displaced: gone.map(({ url }) => maskedUrl(url, key)),
  }
}

async function connectChanges(
  context: MerchantContext,
  registered: Registered,
  { base, secrets: { callbackToken }, secretKnown }: Connecting,
  key: string,
): Promise<Change[]> {
  const tokenRegistered = callbackToken !== undefined && (await isTokenRegistered(context, callbackToken.since))
  return planConnect(registered, { key, urls: endpointUrls(base, key), tokenRegistered, secretKnown })
}

/** Plans the removal of everything that leads to this merchant's endpoint. */
export async function prepareDisconnect(
  context: MerchantContext,
  key: string | null,
): Promise<Pick<ConnectPlan, 'registered' | 'changes'>> {
  const registered = await observeRegistrations(context)
  return { registered, changes: key === null ? [] : planDisconnect(registered, key) }
}

/** Removes these registrations, and reads back. */
export async function applyDisconnect(
  context: MerchantContext,
  key: string,
  { registered, changes }: Pick<ConnectPlan, 'registered' | 'changes'>,
): Promise<Connection> {
  await applyChanges(context, changes, null)
  const after = await observeRegistrations(context)
  return {
    before: registrationsOf(registered, key),
    changes: changes.map(changeToJson),
    after: registrationsOf(after, key),
    outstanding: planDisconnect(after, key).map(changeToJson),
    displaced: [],
  }
}

/** A plan that is not applied, in the shape of a result. */
export function notApplied(
  { registered, changes }: Pick<ConnectPlan, 'registered' | 'changes'>,
  key: string | null,
): Connection {
  return {
    before: registrationsOf(registered, key),
    changes: changes.map(changeToJson),
    after: null,
    outstanding: [],
    displaced: [],
  }
}
