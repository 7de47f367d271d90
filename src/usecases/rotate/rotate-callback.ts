import { Fault } from '../../core/errors/fault.ts'
import type { Callback } from '../../masonhub/client.ts'
import type { Secret } from '../../merchants/profiles/merchant.ts'
import {
  type CredentialStore,
  newReceiverKey,
  type StoredSecret,
  valuesOf,
} from '../../merchants/secrets/credentials.ts'
import { secretList } from '../../merchants/secrets/secret.ts'
import { isTokenRegistered, registerCallback } from '../connect/apply.ts'
import { endpointUrls, isOurEndpoint } from '../connect/endpoint-urls.ts'
import { rmaEvent } from '../connect/plan.ts'
import type { MerchantContext } from '../merchant-context.ts'

export type CallbackRotation = {
  context: MerchantContext
  store: CredentialStore
  /** The endpoint's key, which stays. */
  receiverKey: Secret
  /** Called before every write, here and at MasonHub. Throws when another process rotates, or when it is to stop. */
  mayGoOn(): Promise<void>
}

export type CallbackRotated = {
  /** It finished what an earlier run had begun. */
  resumed: boolean
  /** Registrations at MasonHub that now have the new token; 0: the merchant is not connected. */
  registered: number
  /** The old token is no longer accepted. false: it is not sure yet that MasonHub's registrations have the new one. */
  oldIsDropped: boolean
}

/** Whether an earlier run has begun a rotation and not finished it. */
export async function isCallbackBegun(store: CredentialStore, merchant: string): Promise<boolean> {
  return (await store.list(merchant)).nextCallbackToken !== undefined
}

/**
 * Replaces the token that MasonHub's callbacks carry. The new one is accepted beside the old one; then MasonHub gets
 * it; then its registrations are read back; only then the old one is dropped. It may stop anywhere: the endpoint
 * accepts whatever MasonHub may be sending, and the next run finishes.
 */
export async function rotateCallback(rotation: CallbackRotation): Promise<CallbackRotated> {
  const { context, store } = rotation
  const merchant = context.merchant.name
  const { callbackToken, nextCallbackToken } = await store.read(merchant, ['callbackToken', 'nextCallbackToken'])
  if (callbackToken === undefined) throw notConnected(merchant)
  const next = nextCallbackToken?.value ?? newReceiverKey()
  const { since } = await openBoth(rotation, callbackToken, next)
  const registered = await register(rotation, next, await isTokenRegistered(context, since))
  const resumed = nextCallbackToken !== undefined
  if (registered === null) return { resumed, registered: 0, oldIsDropped: false }
  await rotation.mayGoOn()
  await store.write(merchant, { callbackToken: next, nextCallbackToken: null }, new Date(since))
  return { resumed, registered: registered.length, oldIsDropped: true }
}

/** Stores the new token in front of the others. `since`: what MasonHub is given later carries the new token. */
async function openBoth(
  { context, store, mayGoOn }: CallbackRotation,
  stored: StoredSecret,
  next: Secret,
): Promise<{ since: string }> {
  const values = valuesOf(stored).map((value) => value.reveal())
  if (values[0] === next.reveal() && stored.since !== null) return { since: stored.since }
  const all = [next.reveal(), ...values.filter((value) => value !== next.reveal())].join(' ')
  await mayGoOn()
  const now = context.clock.now()
  await store.write(context.merchant.name, { nextCallbackToken: next, callbackToken: secretList(all) }, now)
  return { since: now.toISOString() }
}

/** Ids of our registrations that have the new token; null while MasonHub doesn't show that they do. */
async function register(rotation: CallbackRotation, next: Secret, wasRegistered: boolean): Promise<string[] | null> {
  const key = rotation.receiverKey.reveal()
  const [first, ...others] = await ourCallbacks(rotation)
  // MasonHub sends us nothing, so there is nothing to wait for.
  if (first === undefined) return []
  // An earlier run has registered it: there is one registration, and no other that might have the old token.
  if (wasRegistered && others.length === 0) return [first.callbackId]
  const before = [first, ...others].map(({ callbackId }) => callbackId)
  const base = first.url.slice(0, first.url.lastIndexOf(`/in/${key}/`))
  await rotation.mayGoOn()
  await registerCallback(rotation.context, before, { urls: endpointUrls(base, key), token: next })
  const after = (await ourCallbacks(rotation)).map(({ callbackId }) => callbackId)
  // Where MasonHub kept the old registration (masonhub.md §5.1), nothing shows which token it has now.
  return after.length === 1 && after.every((callbackId) => !before.includes(callbackId)) ? after : null
}

async function ourCallbacks({ context, receiverKey }: CallbackRotation): Promise<Callback[]> {
  const callbacks = await context.masonhub.callbacks.list()
  return callbacks.filter(
    ({ url, messageType }) => messageType === rmaEvent && isOurEndpoint(url, receiverKey.reveal()),
  )
}

function notConnected(merchant: string): Fault {
  return new Fault(`Merchant "${merchant}" has no callback token: it was never connected.`, {
    code: 'NOT_CONNECTED',
    merchant,
    hint: `mhloop merchant connect -m ${merchant} --url https://…`,
  })
}
