import type { MerchantContext } from '../merchant-context.ts'

/**
 * Runs pieces of work one after the other, even if an earlier one fails, because none depends on another. Throws the
 * first error at the end.
 */
export async function oneAfterOther(
  { signal }: Pick<MerchantContext, 'signal'>,
  works: readonly (() => Promise<void>)[],
): Promise<void> {
  const errors: unknown[] = []
  for (const work of works) {
    if (signal.aborted) break
    await work().catch((error: unknown) => void errors.push(error))
  }
  if (errors.length > 0) throw errors[0]
}
