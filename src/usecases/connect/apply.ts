import { exitCodes, Fault, reworded } from '../../core/errors/fault.ts'
import { scopeTitles } from '../../core/merchants/loop-scopes.ts'
import type { NewWebhook } from '../../loop/client.ts'
import type { Secret } from '../../merchants/profiles/merchant.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'
import { type EndpointUrls, isSameUrl } from './endpoint-urls.ts'
import { apiVersion, type Change, type Registered, rmaEvent } from './plan.ts'
import { changeToJson } from './registrations.ts'

export type EndpointRegistration = { urls: EndpointUrls; token: Secret }

/** The cursor that says when MasonHub last got our callback token: a newer token has to be registered again. */
const tokenCursor = 'callback-token'

/** Reads what both vendors have registered. Throws Fault; without the scope Developer Tools, it names that scope. */
export async function observeRegistrations({ loop, masonhub, merchant }: MerchantContext): Promise<Registered> {
  const [webhooks, callbacks] = await Promise.all([
    loop.webhooks.list().catch(async (error: unknown) => {
      throw await scopeOrOther(error, () => loop.check(), merchant.name)
    }),
    masonhub.callbacks.list(),
  ])
  return { webhooks, callbacks }
}

/** Loop answers a missing scope like a wrong key (loop.md §2.1): if the key can read returns, the scope is missing. */
async function scopeOrOther(error: unknown, check: () => Promise<void>, merchant: string): Promise<unknown> {
  if (!(error instanceof Fault) || error.exit !== exitCodes.credentials) return error
  try {
    await check()
  } catch {
    return error
  }
  const { title } = scopeTitles.developerTools
  return new Fault(`The Loop API key works, but lacks the scope "${title}", which webhooks need.`, {
    code: 'LOOP_SCOPE_MISSING',
    merchant,
    hint: `Give the key that scope in the Loop admin (Tools & integrations, Developer tools). If that makes a new key: mhloop merchant set -m ${merchant} loop-api-key`,
    cause: error,
  })
}

/** Whether MasonHub got the callback token after it was made; if its age is unknown, whether MasonHub ever got one. */
export async function isTokenRegistered(
  { journal, merchant }: Pick<MerchantContext, 'journal' | 'merchant'>,
  since: string | null,
): Promise<boolean> {
  const registeredAt = await journal.cursors.get(merchant.name, tokenCursor)
  return registeredAt !== null && (since === null || Date.parse(since) <= Date.parse(registeredAt))
}

/**
 * Makes the changes one by one, each with an entry in the history. An error stops it; a second run reads what is there
 * and makes only what is missing.
 */
export async function applyChanges(
  context: MerchantContext,
  changes: readonly Change[],
  endpoint: EndpointRegistration | null,
): Promise<void> {
  let done = 0
  try {
    for (const change of changes) {
      context.signal.throwIfAborted()
      await apply(context, change, endpoint)
      await remember(context, change)
      done += 1
    }
  } catch (error) {
    throw error instanceof Fault ? stoppedAt(error, done, changes.length) : error
  }
}

async function apply(context: MerchantContext, change: Change, endpoint: EndpointRegistration | null): Promise<void> {
  const { loop, masonhub } = context
  if (change.vendor === 'loop') {
    if (change.action === 'create') return await createWebhook(context, change.webhook)
    if (change.action === 'update') return await loop.webhooks.update(change.webhookId, change.webhook)
    return await loop.webhooks.remove(change.webhook.webhookId)
  }
  if (change.action === 'remove') return await masonhub.callbacks.remove([change.callback.callbackId])
  if (endpoint !== null) await registerCallback(context, change.instead, endpoint)
}

/** If the answer is lost, reading tells whether it was created: a second webhook would deliver everything twice. */
async function createWebhook({ loop }: MerchantContext, webhook: NewWebhook): Promise<void> {
  try {
    await loop.webhooks.create(webhook)
  } catch (error) {
    if (!isInDoubt(error)) throw error
    const there = (await loop.webhooks.list()).some(
      ({ topic, trigger, url }) =>
        topic === webhook.topic && trigger === webhook.trigger && isSameUrl(url, webhook.url),
    )
    if (!there) throw error
  }
}

/**
 * Registers our callback and then removes those that it replaces, so that no message is lost in between. Where MasonHub
 * keeps one callback per type (masonhub.md §5.1), the old one has become the new one and stays.
 */
export async function registerCallback(
  { masonhub, journal, merchant, clock }: MerchantContext,
  instead: readonly string[],
  { urls, token }: EndpointRegistration,
): Promise<void> {
  const ours = async () =>
    (await masonhub.callbacks.list())
      .filter(({ url, messageType }) => messageType === rmaEvent && isSameUrl(url, urls.masonhub))
      .map(({ callbackId }) => callbackId)
  const isNew = (callbackId: string) => !instead.includes(callbackId)
  try {
    await masonhub.callbacks.create([{ url: urls.masonhub, messageType: rmaEvent, apiVersion, token: token.reveal() }])
  } catch (error) {
    if (!isInDoubt(error) || !(await ours()).some(isNew)) throw error
  }
  if (instead.length > 0) {
    const there = await ours()
    const stays = there.find(isNew) ?? there[0]
    await masonhub.callbacks.remove(stays === undefined ? [] : instead.filter((callbackId) => callbackId !== stays))
  }
  await journal.cursors.advance(merchant.name, tokenCursor, nowOf({ clock }))
}

function isInDoubt(error: unknown): boolean {
  return error instanceof Fault && error.exit === exitCodes.inDoubt
}

/** An account's settings belong to no return, so the entry has an empty return id. */
async function remember(context: MerchantContext, change: Change): Promise<void> {
  const { vendor, action, what, why } = changeToJson(change)
  const vendorName = vendor === 'loop' ? 'Loop' : 'MasonHub'
  await context.journal.history.append([
    {
      at: nowOf(context),
      merchant: context.merchant.name,
      returnId: '',
      actor: context.actor,
      what: why === 'disconnect' ? 'disconnected' : 'connected',
      kind: null,
      effectId: null,
      message: `${vendorName}: ${action} ${what} (${why})`,
    },
  ])
}

function stoppedAt(fault: Fault, done: number, total: number): Fault {
  const { exit } = fault
  const again = 'Run the same command again: it reads what is registered, and registers only what is missing.'
  const hint = exit === exitCodes.credentials || exit === exitCodes.refused ? (fault.hint ?? again) : again
  return reworded(fault, `${fault.message} ${done} of ${total} changes were made.`, { hint })
}
