import * as Flags from '@oclif/core/flags'
import type { EventFilter, Journal, JournalEvent } from '../../journal/journal.ts'
import { requestedReturn } from '../../usecases/events.ts'
import { windowFlags, windowOf } from './time-window.ts'

/** Flags that select messages, for list, replay and tail. */
export const eventFlags = {
  return: Flags.string({
    description: 'Only about this return: return id, admin URL, or an order name that the journal knows',
    helpValue: 'ID',
  }),
  source: Flags.string({ description: 'Only from this vendor', options: ['loop', 'masonhub'] }),
  ...windowFlags,
}

export const stateFlag = {
  state: Flags.string({
    description: 'Only in this state; may be repeated',
    options: ['new', 'done', 'quarantined'],
    multiple: true,
    multipleNonGreedy: true,
  }),
}

type FilterFlags = {
  return?: string | undefined
  source?: string | undefined
  since?: string | undefined
  until?: string | undefined
  state?: string[] | undefined
}

/** The filter that these flags describe. Throws a Fault for an unknown return and for a wrong window. */
export async function eventFilter(
  flags: FilterFlags,
  { journal, merchant, now }: { journal: Journal; merchant: string | null; now: Date },
): Promise<EventFilter> {
  const window = windowOf({ since: flags.since, until: flags.until }, now)
  const returnId = flags.return === undefined ? undefined : await requestedReturn(journal, merchant, flags.return)
  return {
    ...window,
    ...(merchant === null ? {} : { merchant }),
    ...(returnId === undefined ? {} : { returnId }),
    ...(flags.source === undefined ? {} : { source: flags.source as JournalEvent['source'] }),
    ...(flags.state === undefined ? {} : { states: flags.state as JournalEvent['state'][] }),
  }
}

/** Whether any flag narrows the selection. */
export function isFiltered({ return: returnId, source, since, until, state }: FilterFlags): boolean {
  return [returnId, source, since, until, state].some((value) => value !== undefined)
}
