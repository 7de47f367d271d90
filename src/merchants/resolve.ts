import type { Credentials, Merchant } from './merchant.ts'

export type Origin = 'flag' | 'env' | 'profile' | 'default'
export type ResolvedMerchant = { merchant: Merchant; credentials: Credentials; origins: Record<string, Origin> }
export declare function resolveMerchant(input: { name?: string; env: unknown }): Promise<ResolvedMerchant>
