import type { Env } from '../../merchants/files/config-folder.ts'
import type { Secret } from '../../merchants/profiles/merchant.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'
import { connectMasonHub, type VendorClientOptions } from '../vendors/vendor-clients.ts'
import { aloneRotating, storeToRotate } from './rotatable.ts'
import { type CallbackRotated, isCallbackBegun, rotateCallback } from './rotate-callback.ts'
import { type MasonHubRotated, type RotationStatus, rotateMasonHub, rotationStatus } from './rotate-masonhub.ts'
import { refuseSharedToken } from './sharing.ts'

/** Where a rotation of the MasonHub token would begin. Throws Fault when it may not be rotated; changes nothing. */
export async function prepareMasonHubRotation(env: Env, merchant: string): Promise<RotationStatus> {
  const store = await storeToRotate(env, merchant, 'masonhubToken')
  await refuseSharedToken(env, merchant, store)
  return await rotationStatus(store, merchant)
}

/** Replaces the MasonHub token, as the only process on this machine, and records it in the history. */
export async function applyMasonHubRotation(
  env: Env,
  context: MerchantContext,
  options: VendorClientOptions,
): Promise<MasonHubRotated> {
  const { merchant, clock, signal } = context
  const closers: (() => void)[] = []
  try {
    const rotated = await aloneRotating(env, merchant.name, async (stillHeld) => {
      const store = await storeToRotate(env, merchant.name, 'masonhubToken')
      await refuseSharedToken(env, merchant.name, store)
      return await rotateMasonHub({
        merchant: merchant.name,
        store,
        now: () => clock.now(),
        async as(token) {
          const { client, close } = await connectMasonHub(merchant.masonhub, token, options)
          closers.push(close)
          return client
        },
        async mayGoOn() {
          signal.throwIfAborted()
          await stillHeld()
        },
      })
    })
    await remember(context, 'MasonHub token replaced, the old one revoked')
    return rotated
  } finally {
    for (const close of closers) close()
  }
}

/** Whether a rotation of the callback token would finish an earlier one. Throws Fault when it may not be rotated. */
export async function prepareCallbackRotation(env: Env, merchant: string): Promise<boolean> {
  return await isCallbackBegun(await storeToRotate(env, merchant, 'callbackToken'), merchant)
}

/** Replaces the callback token, as the only process on this machine, and records it in the history. */
export async function applyCallbackRotation(
  env: Env,
  context: MerchantContext,
  receiverKey: Secret,
): Promise<CallbackRotated> {
  const { name } = context.merchant
  const rotated = await aloneRotating(env, name, async (stillHeld) =>
    rotateCallback({
      context,
      store: await storeToRotate(env, name, 'callbackToken'),
      receiverKey,
      async mayGoOn() {
        context.signal.throwIfAborted()
        await stillHeld()
      },
    }),
  )
  if (rotated.oldIsDropped) await remember(context, 'Callback token replaced, the old one dropped')
  return rotated
}

/** An account's credentials belong to no return, so the entry has an empty return id. */
async function remember(context: MerchantContext, message: string): Promise<void> {
  const { journal, merchant, actor } = context
  const entry = { at: nowOf(context), merchant: merchant.name, returnId: '', actor, what: 'rotated' }
  await journal.history.append([{ ...entry, kind: null, effectId: null, message }])
}
