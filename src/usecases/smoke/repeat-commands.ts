import { shellWord } from '../../core/text/shell-word.ts'
import type { MerchantContext } from '../merchant-context.ts'
import type { SmokeRequest } from './smoke-request.ts'

/** The command that repeats the same run. */
export function smokeAgain(
  { merchant }: Pick<MerchantContext, 'merchant'>,
  { loopReturn, keep, skus }: Pick<SmokeRequest, 'loopReturn' | 'keep' | 'skus'>,
): string {
  const words = ['mhloop smoke', `-m ${shellWord(merchant.name)}`, ...skus.map((sku) => `--sku ${shellWord(sku)}`)]
  if (loopReturn !== null) words.push(`--return ${loopReturn.returnId}`)
  if (loopReturn?.event === 'receivePartial') words.push('--receive partial')
  if (loopReturn?.event === 'receiveUnexpected') words.push('--receive unexpected')
  if (keep) words.push('--keep')
  return [...words, ...environmentFlag(merchant)].join(' ')
}

/** The command that deletes what any run left open. */
export function cleanAgain({ merchant }: Pick<MerchantContext, 'merchant'>): string {
  return ['mhloop smoke', `-m ${shellWord(merchant.name)}`, '--clean', ...environmentFlag(merchant)].join(' ')
}

/** Without this flag, production is refused. */
function environmentFlag({ environment }: MerchantContext['merchant']): string[] {
  return environment === 'production' ? ['--allow-production'] : []
}
