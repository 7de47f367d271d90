import * as Flags from '@oclif/core/flags'
import { type FoundMerchant, findMerchant } from '../../merchants/profiles/resolve-merchant.ts'
import { merchantFlag } from '../input/flags.ts'
import type { Io } from '../io/io.ts'

/** For commands about the refunds of one merchant, or of all merchants. */
export const merchantOrAllFlags = {
  merchant: { ...merchantFlag.merchant, exclusive: ['all-merchants'] },
  'all-merchants': Flags.boolean({ description: 'Every merchant of this journal' }),
}

type Choice = { merchant?: string | undefined; 'all-merchants': boolean }

/** The merchant that was named or selected, with or without readable credentials; null for all merchants. */
export async function foundChoice(io: Io, flags: Choice): Promise<FoundMerchant | null> {
  if (flags['all-merchants']) return null
  return await findMerchant({ env: io.env, name: flags.merchant })
}

/** The name of the merchant that was named or selected; null for all merchants. */
export async function chosenMerchant(io: Io, flags: Choice): Promise<string | null> {
  return (await foundChoice(io, flags))?.merchant.name ?? null
}

/** Whether -m was typed; otherwise the flag's value comes from MHLOOP_MERCHANT, and an argument takes precedence. */
export function isMerchantTyped(argv: readonly string[]): boolean {
  return argv.some((word) => /^(-m|--merchant(=|$))/.test(word))
}
