import { settings } from '../../merchants/profiles/settings.ts'
import { secretNames, secretTitles } from '../../merchants/secrets/credentials.ts'
import { dim, good, type Parts, warn } from '../output/styled.ts'
import { placeText } from './place.ts'
import type { Draft, PromptContext } from './prompt-context.ts'

/** Settings that the summary always shows, with their defaults: they decide about money and reach. */
const always: Record<string, string> = {
  destinations: 'every',
  cutoff: 'none',
  refunds: 'off',
  'refunds-per-hour': '60',
  'refunds-per-day': '500',
  'largest-refund': 'none',
  'first-by-hand': '0',
}

/** Shows everything that would be stored; for secrets, only that they are set. */
export async function showSummary(prompts: PromptContext, draft: Draft): Promise<void> {
  const rows = settings.flatMap(({ key }): [string, Parts][] => {
    const text = draft.settings[key]
    if (text !== undefined) return [[key, toned(key, text)]]
    const fallback = always[key]
    return fallback === undefined ? [] : [[key, [fallback, dim(' (default)')]]]
  })
  const secrets = secretNames.flatMap((name): [string, Parts][] =>
    draft.secrets[name] === undefined ? [] : [[secretTitles[name].key, good('set')]],
  )
  await prompts.display((page) => {
    page.fields([
      ['merchant', draft.name],
      ...rows,
      ['reasons', `${draft.reasons.length} mapped`],
      ...secrets,
      ['secrets go to', draft.store === null ? '' : placeText(prompts, draft.store)],
    ])
    page.blank()
  })
}

function toned(key: string, text: string): Parts {
  const severe = (key === 'environment' && text === 'production') || (key === 'refunds' && text === 'on')
  const spaced = text.replaceAll(',', ', ')
  return severe ? warn(spaced) : spaced
}
