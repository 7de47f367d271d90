import { Fault } from '../../core/errors/fault.ts'
import type { StoreKind } from '../../merchants/secrets/credentials.ts'
import { passphraseOf } from '../../merchants/stores/passphrase.ts'
import { chooseStore, openStore } from '../../merchants/stores/stores.ts'
import { dim, strong, warn } from '../output/styled.ts'
import type { Draft, PromptContext, Step } from './prompt-context.ts'

/**
 * Asks where to store the secrets: in the keychain if there is one; in a file only when the operator chooses it (F61).
 */
export const placeStep: Step = {
  title: 'Where to store secrets',
  async run(prompts, draft, again) {
    const requested = prompts.provided.store
    if (requested === 'file' && !again) return confirmChoice(prompts, draft, 'file')
    const problem = await keychainProblem(prompts)
    if (problem === null && requested === 'keychain' && !again) return confirmChoice(prompts, draft, 'keychain')
    if (problem !== null) prompts.say(warn(problem.message))
    const sealed = (await passphraseOf(prompts.env)) !== null
    const file = {
      value: 'file',
      name: `In a file that only you can read, ${sealed ? 'encrypted' : 'not encrypted'}`,
      short: 'in a file',
    }
    const keychain = { value: 'keychain', name: "In the system's keychain", short: "in the system's keychain" }
    const anew = { value: 'again', name: 'Look for the keychain again' }
    if (!sealed) prompts.say(dim('If you set MHLOOP_CREDENTIALS_PASSPHRASE beforehand, the file is encrypted with it.'))
    const answer = await prompts.ask.choose(
      'Where should the secrets be stored?',
      problem === null ? [keychain, file] : [file, anew],
      draft.store === null ? {} : { initial: draft.store },
    )
    if (answer === 'again') return placeStep.run(prompts, draft, again)
    return confirmChoice(prompts, draft, answer === 'keychain' ? 'keychain' : 'file')
  },
}

async function keychainProblem(prompts: PromptContext): Promise<Fault | null> {
  try {
    await prompts.busy('Looking for a keychain …', () => chooseStore(prompts.env, 'keychain'))
    return null
  } catch (error) {
    if (error instanceof Fault && error.blame === 'machine') return error
    throw error
  }
}

function confirmChoice(prompts: PromptContext, draft: Draft, store: StoreKind): Draft {
  prompts.say('The secrets go to ', strong(placeText(prompts, store)), '.')
  return { ...draft, store }
}

export function placeText(prompts: PromptContext, store: StoreKind): string {
  return store === 'keychain' ? "the system's keychain" : openStore(prompts.env, store).place
}
