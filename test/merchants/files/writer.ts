/** Adds profiles one by one: the other process in the test of two writers. */
import { updateProfiles } from '../../../src/merchants/profiles/profiles.ts'

const [name, count] = process.argv.slice(2)
const time = new Date().toISOString()
const profile = { environment: 'sandbox' as const, masonhub: { slug: 'demo' }, addedAt: time, changedAt: time }
for (let index = 0; index < Number(count); index++) {
  await updateProfiles(process.env, (before) => ({
    ...before,
    merchants: { ...before.merchants, [`${name}-${index}`]: profile },
  }))
}
