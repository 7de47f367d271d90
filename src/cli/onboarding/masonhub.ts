import { Fault } from '../../core/fault.ts'
import { assemble } from '../../merchants/assemble.ts'
import type { Secret } from '../../merchants/merchant.ts'
import { checkSecret, readSecret } from '../../merchants/secret-input.ts'
import { checkMasonHub, type MasonHubVerdict } from '../../usecases/check-masonhub.ts'
import { profileOfFlags } from '../merchant-flags.ts'
import { bad, dim, good, strong } from '../output/styled.ts'
import { type Draft, readable, type Step, settled, settledSecret, type Talk, withSettings } from './talk.ts'

const title = 'MasonHub token'
type Part = 'environment' | 'slug' | 'token'

/** Slug and token are checked at once, and only what turned out to be wrong is asked again. */
export const masonhubStep: Step = {
  title: 'MasonHub',
  async run(talk, draft, again) {
    let now = await withEnvironment(talk, draft, again)
    now = await withSlug(talk, now, again)
    let token = await settledSecret(talk, { name: 'masonhubToken', title, again }, () => typedToken(talk))
    const done = () => ({ ...now, secrets: { ...now.secrets, masonhubToken: token } })
    if (!talk.check) return done()
    for (;;) {
      const verdict = await checked(talk, now, token)
      if (verdict.works) {
        talk.say(good('MasonHub accepts both.'))
        return done()
      }
      const before = now.settings['slug']
      for (const part of await partsToAsk(talk, now, verdict)) {
        if (part === 'environment') now = await withEnvironment(talk, now, true)
        if (part === 'slug') now = await withSlug(talk, now, true)
        if (part === 'token') token = await typedToken(talk)
      }
      // The same slug once more: the operator is sure of it, so it is the token, or the other environment.
      if (verdict.wrong === 'slug' && now.settings['slug'] === before) {
        now = await withEnvironment(talk, now, true)
        token = await typedToken(talk)
      }
    }
  },
}

async function withEnvironment(talk: Talk, draft: Draft, again: boolean): Promise<Draft> {
  const choices = [
    { value: 'sandbox', name: 'sandbox: a test account, no real parcels' },
    { value: 'production', name: 'production: real parcels, real money' },
  ].map((choice) => ({ ...choice, short: choice.value }))
  return settled(talk, draft, { key: 'environment', again }, (initial) =>
    talk.ask.choose('Which MasonHub is it?', choices, initial === undefined ? {} : { initial }),
  )
}

async function withSlug(talk: Talk, draft: Draft, again: boolean): Promise<Draft> {
  const url = draft.settings['masonhub-base-url']
  const asked = await settled(talk, draft, { key: 'slug', again }, async (initial) => {
    talk.say(dim("The slug is the word after the host in MasonHub's address: https://app.masonhub.co/SLUG/…"))
    const text = await talk.ask.text('MasonHub account slug', {
      ...begin(initial ?? slugIn(url)),
      validate: readable('slug'),
    })
    return text.trim()
  })
  const slug = asked.settings['slug']
  if (url === undefined || slug === undefined) return asked
  return withSettings(asked, { 'masonhub-base-url': withSlugIn(url, slug) })
}

function begin(initial: string | undefined): { initial?: string } {
  return initial === undefined ? {} : { initial }
}

/** A base URL that was given names the account, too: `https://host/SLUG/api/v1`. */
const slugInUrl = /\/([^/]+)(\/api\/v\d+\/?)$/
function slugIn(url: string | undefined): string | undefined {
  return slugInUrl.exec(url ?? '')?.[1]
}
function withSlugIn(url: string, slug: string): string {
  return url.replace(slugInUrl, (_, _before, rest: string) => `/${encodeURIComponent(slug)}${rest}`)
}

async function typedToken(talk: Talk): Promise<Secret> {
  const validate = (text: string) => checkSecret(text, 'masonhubToken')
  return readSecret('masonhubToken', await talk.ask.secret(`${title} (not shown)`, { validate }))
}

async function checked(talk: Talk, draft: Draft, token: Secret): Promise<MasonHubVerdict> {
  try {
    const { merchant } = assemble(draft.name, profileOfFlags(draft.settings), 'profile')
    return await talk.busy('Checking slug and token with MasonHub …', () =>
      checkMasonHub(merchant.masonhub, token, talk.options),
    )
  } catch (error) {
    // A base URL of the other environment, or one that may get no token.
    if (error instanceof Fault && error.blame === 'input' && error.code !== 'INTERRUPTED') {
      return { works: false, wrong: 'other', fault: error }
    }
    throw error
  }
}

async function partsToAsk(
  talk: Talk,
  draft: Draft,
  { wrong, fault }: Extract<MasonHubVerdict, { works: false }>,
): Promise<Part[]> {
  const { slug = '', environment = '' } = draft.settings
  if (wrong === 'slug') {
    talk.say(bad('The slug is wrong:'), ` MasonHub's ${environment} has no account `, strong(slug), '.')
    return ['slug']
  }
  if (wrong === 'token') {
    talk.say(bad('The token is wrong:'), ` the account ${slug} exists, but MasonHub refuses the token.`)
    return ['token']
  }
  talk.say(bad('MasonHub could not be reached.'), ` ${fault.message}`)
  const answer = await talk.ask.choose('What now?', [
    { value: 'again', name: 'Try again' },
    { value: 'environment', name: 'Choose the environment again' },
    { value: 'slug', name: 'Enter the slug again' },
    { value: 'token', name: 'Enter the token again' },
  ])
  return answer === 'environment' || answer === 'slug' || answer === 'token' ? [answer] : []
}
