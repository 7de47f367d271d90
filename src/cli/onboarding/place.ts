import { Fault } from '../../core/fault.ts'
import type { StoreKind } from '../../merchants/credentials.ts'
import { passphraseOf } from '../../merchants/passphrase.ts'
import { chooseStore, openStore } from '../../merchants/stores.ts'
import { dim, strong, warn } from '../output/styled.ts'
import type { Draft, Step, Talk } from './talk.ts'

/** Where the secrets are to be kept: in the keychain where there is one; in a file only when the operator says so (F61). */
export const placeStep: Step = {
  title: 'Where to store secrets',
  async run(talk, draft, again) {
    const asked = talk.given.store
    if (asked === 'file' && !again) return confirmChoice(talk, draft, 'file')
    const problem = await keychainProblem(talk)
    if (problem === null && asked === 'keychain' && !again) return confirmChoice(talk, draft, 'keychain')
    if (problem !== null) talk.say(warn(problem.message))
    const sealed = (await passphraseOf(talk.env)) !== null
    const file = {
      value: 'file',
      name: `In a file that only you can read, ${sealed ? 'encrypted' : 'not encrypted'}`,
      short: 'in a file',
    }
    const keychain = { value: 'keychain', name: "In the system's keychain", short: "in the system's keychain" }
    const anew = { value: 'again', name: 'Look for the keychain again' }
    if (!sealed) talk.say(dim('If you set MHLOOP_CREDENTIALS_PASSPHRASE beforehand, the file is encrypted with it.'))
    const answer = await talk.ask.choose(
      'Where should the secrets be stored?',
      problem === null ? [keychain, file] : [file, anew],
      draft.store === null ? {} : { initial: draft.store },
    )
    if (answer === 'again') return placeStep.run(talk, draft, again)
    return confirmChoice(talk, draft, answer === 'keychain' ? 'keychain' : 'file')
  },
}

async function keychainProblem(talk: Talk): Promise<Fault | null> {
  try {
    await talk.busy('Looking for a keychain …', () => chooseStore(talk.env, 'keychain'))
    return null
  } catch (error) {
    if (error instanceof Fault && error.blame === 'machine') return error
    throw error
  }
}

function confirmChoice(talk: Talk, draft: Draft, store: StoreKind): Draft {
  talk.say('The secrets go to ', strong(placeText(talk, store)), '.')
  return { ...draft, store }
}

export function placeText(talk: Talk, store: StoreKind): string {
  return store === 'keychain' ? "the system's keychain" : openStore(talk.env, store).place
}
