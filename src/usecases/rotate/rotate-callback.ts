import { Fault } from '../../core/fault.ts'
import type { Callback } from '../../masonhub/client.ts'
import { type CredentialStore, type KeptSecret, newReceiverKey, valuesOf } from '../../merchants/credentials.ts'
import type { Secret } from '../../merchants/merchant.ts'
import { secretList } from '../../merchants/secret.ts'
import { isTokenRegistered, registerCallback } from '../connect/apply.ts'
import { endpointUrls, isOurEndpoint } from '../connect/endpoint-urls.ts'
import { rmaEvent } from '../connect/plan.ts'
import type { MerchantContext } from '../merchant-context.ts'

export type CallbackRotation = {
  context: MerchantContext
  store: CredentialStore
  /** The endpoint's key; it stays. */
  receiverKey: Secret
  /** Called before every write, here and at MasonHub: throws when somebody else rotates, or when it is to stop. */
  mayGoOn(): Promise<void>
}

export type CallbackRotated = {
  /** It finished what an earlier run had begun. */
  resumed: boolean
  /** Registrations of MasonHub that now carry the new token; 0: the merchant is not connected. */
  registered: number
  /** The old token opens nothing any more. False: MasonHub's registrations don't prove yet that they carry the new one. */
  oldIsDropped: boolean
}

/** Has an earlier run begun what is not finished? */
export async function isCallbackBegun(store: CredentialStore, merchant: string): Promise<boolean> {
  return (await store.list(merchant)).nextCallbackToken !== undefined
}

/**
 * Replaces the token that MasonHub's callbacks carry. The new one is accepted beside the old one, then MasonHub is
 * given it, then its registrations are read back, and only then the old one is dropped. It may stop anywhere: the endpoint
 * opens for whatever MasonHub may be sending, and the next run finishes.
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

/** The new token first, the others behind it. Gives since when: what MasonHub is given later carries the new one. */
async function openBoth(
  { context, store, mayGoOn }: CallbackRotation,
  kept: KeptSecret,
  next: Secret,
): Promise<{ since: string }> {
  const values = valuesOf(kept).map((value) => value.reveal())
  if (values[0] === next.reveal() && kept.since !== null) return { since: kept.since }
  const all = [next.reveal(), ...values.filter((value) => value !== next.reveal())].join(' ')
  await mayGoOn()
  const now = context.clock.now()
  await store.write(context.merchant.name, { nextCallbackToken: next, callbackToken: secretList(all) }, now)
  return { since: now.toISOString() }
}

/** Ids of our registrations that carry the new token; null while MasonHub doesn't show that they do. */
async function register(rotation: CallbackRotation, next: Secret, wasRegistered: boolean): Promise<string[] | null> {
  const key = rotation.receiverKey.reveal()
  const [first, ...others] = await ourCallbacks(rotation)
  // Nobody sends us anything: there is nothing to wait for.
  if (first === undefined) return []
  // Given by an earlier run, and settled since: one registration, and none beside it that might carry the old token.
  if (wasRegistered && others.length === 0) return [first.callbackId]
  const before = [first, ...others].map(({ callbackId }) => callbackId)
  const base = first.url.slice(0, first.url.lastIndexOf(`/in/${key}/`))
  await rotation.mayGoOn()
  await registerCallback(rotation.context, before, { urls: endpointUrls(base, key), token: next })
  const after = (await ourCallbacks(rotation)).map(({ callbackId }) => callbackId)
  // Where it kept the one that was there (masonhub.md §5.1), nothing shows which token that one carries by now.
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
