import { reasonDays } from '../../usecases/reasons/seen-reasons.ts'
import { timestamp } from '../views/times.ts'
import { readable, type Step, settled } from './prompt-context.ts'

export const cutoffStep: Step = {
  title: 'Start date',
  async run(prompts, draft, again) {
    const open = draft.seen?.openReturns ?? 0
    if (open > 0 && (prompts.provided.settings['cutoff'] === undefined || again)) {
      const returns = open === 1 ? '1 return' : `${open} returns`
      prompts.say(
        `${returns} of the last ${reasonDays} days ${open === 1 ? 'is' : 'are'} still open at Loop. If MasonHub already has them from another source, ignore them here.`,
      )
    }
    return settled(prompts, draft, { key: 'cutoff', again }, async () => {
      const now = prompts.now().toISOString()
      const answer = await prompts.ask.choose('Which returns should mhloop handle?', [
        { value: 'now', name: 'Only those created from now on', short: `from ${timestamp(now)} UTC on` },
        { value: 'date', name: 'Earlier ones as well, from a date (backfill)', short: 'since a date' },
        { value: 'none', name: 'All of them, whenever they were created', short: 'all' },
      ])
      if (answer === 'none') return 'none'
      if (answer === 'now') return now
      const text = await prompts.ask.text('Created on or after which date? (2026-10-01, midnight UTC)', {
        validate: readable('cutoff'),
      })
      return text.trim()
    })
  },
}
