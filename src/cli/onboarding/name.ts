import { wrongName } from '../../merchants/profiles/profile.ts'
import { merchantNames } from '../../usecases/merchants/add-merchant.ts'
import { dim, strong } from '../output/styled.ts'
import type { Step } from './prompt-context.ts'

export const nameStep: Step = {
  title: 'Name',
  async run(prompts, draft, again) {
    const { provided } = prompts
    if (provided.name !== null && !again) {
      prompts.say('The merchant is called ', strong(provided.name), dim(' (given)'), '.')
      return { ...draft, name: provided.name }
    }
    const taken = await merchantNames(prompts.env)
    const name = await prompts.ask.text('What is the merchant called?', {
      ...(draft.name === '' ? {} : { initial: draft.name }),
      validate: (text) => {
        const wrong = wrongName(text.trim())
        if (wrong !== null) return wrong
        return taken.includes(text.trim()) ? `The merchant "${text.trim()}" already exists.` : true
      },
    })
    return { ...draft, name: name.trim() }
  },
}
