import { type LoopScope, loopScopes, scopeTitles } from '../../core/merchants/loop-scopes.ts'
import { loopOf } from '../../merchants/profiles/assemble.ts'
import type { Secret } from '../../merchants/profiles/merchant.ts'
import { checkSecret, readSecret } from '../../merchants/secrets/secret-input.ts'
import { type LoopSurvey, surveyLoop } from '../../usecases/merchants/survey-loop.ts'
import { profileOfFlags } from '../merchants/merchant-flags.ts'
import { bad, dim, good, type Parts, warn } from '../output/styled.ts'
import { type Draft, type PromptContext, type Step, settledSecret } from './prompt-context.ts'

const title = 'Loop API key'

/** Checks the key at once; explains what is wrong with it and asks again, until it works or the operator quits. */
export const loopStep: Step = {
  title: 'Loop',
  async run(prompts, draft, again) {
    if (prompts.provided.secrets.loopApiKey === undefined || again) {
      prompts.say(
        'Create the key in the Loop admin under Returns management, Tools & integrations, Developer tools. It needs the scopes Returns, Destinations (Read) and Developer Tools.',
      )
    }
    let key = await settledSecret(prompts, { name: 'loopApiKey', title, again }, () => typedKey(prompts))
    for (;;) {
      const survey = prompts.check ? await surveyed(prompts, draft, key) : null
      const next = survey === null || survey.verdict === 'complete' ? 'on' : await whatNext(prompts, survey)
      if (next === 'on') return { ...draft, survey, secrets: { ...draft.secrets, loopApiKey: key } }
      if (next === 'key') key = await typedKey(prompts)
    }
  },
}

async function typedKey(prompts: PromptContext): Promise<Secret> {
  const validate = (text: string) => checkSecret(text, 'loopApiKey')
  return readSecret('loopApiKey', await prompts.ask.secret(`${title} (not shown)`, { validate }))
}

async function surveyed(prompts: PromptContext, draft: Draft, key: Secret): Promise<LoopSurvey> {
  const loop = loopOf(profileOfFlags(draft.settings))
  const survey = await prompts.busy('Checking with Loop what this key may do …', () =>
    surveyLoop(loop, key, prompts.options),
  )
  if (survey.has.length > 0 || survey.lacks.length > 0) {
    await prompts.display((page) =>
      page.fields(loopScopes.map((scope) => [`  ${scopeTitles[scope].title}`, scopeStatus(survey, scope)])),
    )
  }
  return survey
}

function scopeStatus({ has, lacks }: LoopSurvey, scope: LoopScope): Parts {
  if (has.includes(scope)) return good('yes')
  const purpose = dim(`, needed ${scopeTitles[scope].purpose}`)
  return lacks.includes(scope) ? [bad('missing'), purpose] : [warn('unknown'), purpose]
}

/** `key`: enter another key; `same`: check this one again; `on`: continue with what it can do. */
async function whatNext(prompts: PromptContext, survey: LoopSurvey): Promise<'key' | 'same' | 'on'> {
  const another = { value: 'key', name: 'Enter another key' }
  const same = { value: 'same', name: 'Check this key again (after changing its scopes in the Loop admin)' }
  switch (survey.verdict) {
    case 'complete':
      return 'on'
    case 'refused':
      prompts.say(
        bad('Loop refuses this key for everything.'),
        ' It is mistyped, revoked, or has none of the three scopes: Loop answers 401 in each case.',
      )
      return 'key'
    case 'useless':
      prompts.say(bad('The key is valid, but lacks Returns,'), ' and without that nothing works.')
      return chosen(await prompts.ask.choose('What now?', [same, another]))
    case 'incomplete':
      prompts.say(
        warn('The key works, but not for everything.'),
        survey.lacks.includes('destinations') ? ' You would have to enter destinations by id.' : '',
        survey.lacks.includes('developerTools') ? ' merchant connect would not work.' : '',
      )
      return chosen(
        await prompts.ask.choose('What now?', [
          same,
          another,
          { value: 'on', name: 'Continue without the missing scopes' },
        ]),
      )
    case 'unclear': {
      prompts.say(bad('Loop could not be reached.'), ` ${survey.problem?.message ?? ''}`)
      const on = survey.has.includes('returns') ? [{ value: 'on', name: 'Continue: returns can be read' }] : []
      return chosen(await prompts.ask.choose('What now?', [{ value: 'same', name: 'Try again' }, another, ...on]))
    }
  }
}

function chosen(answer: string): 'key' | 'same' | 'on' {
  return answer === 'key' || answer === 'on' ? answer : 'same'
}
