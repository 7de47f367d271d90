import { Fault } from '../../core/errors/fault.ts'
import { assemble } from '../../merchants/profiles/assemble.ts'
import type { Secret } from '../../merchants/profiles/merchant.ts'
import { checkSecret, readSecret } from '../../merchants/secrets/secret-input.ts'
import { checkMasonHub, type MasonHubVerdict } from '../../usecases/merchants/check-masonhub.ts'
import { profileOfFlags } from '../merchants/merchant-flags.ts'
import { bad, dim, good, strong } from '../output/styled.ts'
import {
  type Draft,
  type PromptContext,
  readable,
  type Step,
  settled,
  settledSecret,
  withSettings,
} from './prompt-context.ts'

const title = 'MasonHub token'
type Part = 'environment' | 'slug' | 'token'

/** Checks slug and token at once, and asks again only for what is wrong. */
export const masonhubStep: Step = {
  title: 'MasonHub',
  async run(prompts, draft, again) {
    let now = await withEnvironment(prompts, draft, again)
    now = await withSlug(prompts, now, again)
    let token = await settledSecret(prompts, { name: 'masonhubToken', title, again }, () => typedToken(prompts))
    const done = () => ({ ...now, secrets: { ...now.secrets, masonhubToken: token } })
    if (!prompts.check) return done()
    for (;;) {
      const verdict = await checked(prompts, now, token)
      if (verdict.works) {
        prompts.say(good('MasonHub accepts both.'))
        return done()
      }
      const before = now.settings['slug']
      for (const part of await partsToAsk(prompts, now, verdict)) {
        if (part === 'environment') now = await withEnvironment(prompts, now, true)
        if (part === 'slug') now = await withSlug(prompts, now, true)
        if (part === 'token') token = await typedToken(prompts)
      }
      // The operator entered the same slug again, so the token or the environment must be wrong.
      if (verdict.wrong === 'slug' && now.settings['slug'] === before) {
        now = await withEnvironment(prompts, now, true)
        token = await typedToken(prompts)
      }
    }
  },
}

async function withEnvironment(prompts: PromptContext, draft: Draft, again: boolean): Promise<Draft> {
  const choices = [
    { value: 'sandbox', name: 'sandbox: a test account, no real parcels' },
    { value: 'production', name: 'production: real parcels, real money' },
  ].map((choice) => ({ ...choice, short: choice.value }))
  return settled(prompts, draft, { key: 'environment', again }, (initial) =>
    prompts.ask.choose('Which MasonHub is it?', choices, initial === undefined ? {} : { initial }),
  )
}

async function withSlug(prompts: PromptContext, draft: Draft, again: boolean): Promise<Draft> {
  const url = draft.settings['masonhub-base-url']
  const answered = await settled(prompts, draft, { key: 'slug', again }, async (initial) => {
    prompts.say(dim("The slug is the word after the host in MasonHub's address: https://app.masonhub.co/SLUG/…"))
    const text = await prompts.ask.text('MasonHub account slug', {
      ...begin(initial ?? slugIn(url)),
      validate: readable('slug'),
    })
    return text.trim()
  })
  const slug = answered.settings['slug']
  if (url === undefined || slug === undefined) return answered
  return withSettings(answered, { 'masonhub-base-url': withSlugIn(url, slug) })
}

function begin(initial: string | undefined): { initial?: string } {
  return initial === undefined ? {} : { initial }
}

/** A given base URL also contains the account's slug: `https://host/SLUG/api/v1`. */
const slugInUrl = /\/([^/]+)(\/api\/v\d+\/?)$/
function slugIn(url: string | undefined): string | undefined {
  return slugInUrl.exec(url ?? '')?.[1]
}
function withSlugIn(url: string, slug: string): string {
  return url.replace(slugInUrl, (_, _before, rest: string) => `/${encodeURIComponent(slug)}${rest}`)
}

async function typedToken(prompts: PromptContext): Promise<Secret> {
  const validate = (text: string) => checkSecret(text, 'masonhubToken')
  return readSecret('masonhubToken', await prompts.ask.secret(`${title} (not shown)`, { validate }))
}

async function checked(prompts: PromptContext, draft: Draft, token: Secret): Promise<MasonHubVerdict> {
  try {
    const { merchant } = assemble(draft.name, profileOfFlags(draft.settings), 'profile')
    return await prompts.busy('Checking slug and token with MasonHub …', () =>
      checkMasonHub(merchant.masonhub, token, prompts.options),
    )
  } catch (error) {
    // A base URL of the other environment, or one to which no token may be sent.
    if (error instanceof Fault && error.blame === 'input' && error.code !== 'INTERRUPTED') {
      return { works: false, wrong: 'other', fault: error }
    }
    throw error
  }
}

async function partsToAsk(
  prompts: PromptContext,
  draft: Draft,
  { wrong, fault }: Extract<MasonHubVerdict, { works: false }>,
): Promise<Part[]> {
  const { slug = '', environment = '' } = draft.settings
  if (wrong === 'slug') {
    prompts.say(bad('The slug is wrong:'), ` MasonHub's ${environment} has no account `, strong(slug), '.')
    return ['slug']
  }
  if (wrong === 'token') {
    prompts.say(bad('The token is wrong:'), ` the account ${slug} exists, but MasonHub refuses the token.`)
    return ['token']
  }
  prompts.say(bad('MasonHub could not be reached.'), ` ${fault.message}`)
  const answer = await prompts.ask.choose('What now?', [
    { value: 'again', name: 'Try again' },
    { value: 'environment', name: 'Choose the environment again' },
    { value: 'slug', name: 'Enter the slug again' },
    { value: 'token', name: 'Enter the token again' },
  ])
  return answer === 'environment' || answer === 'slug' || answer === 'token' ? [answer] : []
}
