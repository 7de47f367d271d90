import { Fault } from '../../core/errors/fault.ts'
import type { Merchant, Secret } from '../../merchants/profiles/merchant.ts'
import { connectMasonHub, type VendorClientOptions } from '../vendors/vendor-clients.ts'

/** `slug` and `token` say which of the two is wrong (masonhub.md §2.4); `other`: anything else. */
export type MasonHubVerdict = { works: true } | { works: false; wrong: 'slug' | 'token' | 'other'; fault: Fault }

/** Asks MasonHub for one RMA to check slug and token. Throws Fault only for a base URL that must not get a token. */
export async function checkMasonHub(
  masonhub: Merchant['masonhub'],
  token: Secret,
  options: VendorClientOptions = {},
): Promise<MasonHubVerdict> {
  const connection = await connectMasonHub(masonhub, token, options)
  try {
    await connection.client.check()
    return { works: true }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { works: false, wrong: wrongOf(error.code), fault: error }
  } finally {
    connection.close()
  }
}

function wrongOf(code: string): 'slug' | 'token' | 'other' {
  if (code === 'MASONHUB_WRONG_SLUG') return 'slug'
  return code === 'MASONHUB_UNAUTHORIZED' || code === 'MASONHUB_FORBIDDEN' ? 'token' : 'other'
}
