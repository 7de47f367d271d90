import { Flags } from '@oclif/core'
import { findMerchant } from '../merchants/resolve.ts'
import { merchantFlag } from './flags.ts'
import type { Io } from './io.ts'

/** For commands about the money of one merchant, or of all of them. */
export const merchantOrAllFlags = {
  merchant: { ...merchantFlag.merchant, exclusive: ['all-merchants'] },
  'all-merchants': Flags.boolean({ description: 'Every merchant of this journal' }),
}

/** The name of the merchant that was named or chosen, credentials or not; null for all of them. */
export async function chosenMerchant(
  io: Io,
  flags: { merchant?: string | undefined; 'all-merchants': boolean },
): Promise<string | null> {
  if (flags['all-merchants']) return null
  const { merchant } = await findMerchant({
    env: io.env,
    ...(flags.merchant === undefined ? {} : { name: flags.merchant }),
  })
  return merchant.name
}
