import type { Journal } from '../../../src/journal/journal.ts'
import { listCursor } from '../../../src/usecases/sync/observe-window.ts'
import { hour, minute } from '../harness.ts'
import { type Broken, openEffects } from './breaking.ts'
import { heard, settleAll } from './healthy.ts'

export const work: readonly Broken[] = [
  {
    name: 'F25: a return without its webhook',
    code: 'work.silence',
    status: 'fail',
    message: /1 return filed since the last webhook \(\d+ min ago\)/,
    remedy: /mhloop event tail -m acme$/,
    break(at) {
      at.pass(40 * minute)
      const mend = at.fileElsewhere({ createdAt: new Date(at.clock.now().getTime() - 20 * minute), silent: true })
      return {
        async mend() {
          mend()
          await at.journal.events.storeMany([
            heard('loop', at.clock.now().toISOString(), { state: 'done' }),
            heard('masonhub', at.clock.now().toISOString(), { state: 'done' }),
          ])
        },
      }
    },
  },
  {
    name: 'F29: a MasonHub that has fallen silent',
    code: 'work.silence',
    status: 'warn',
    message: /Nothing from MasonHub for 5 h; the longest pause before was/,
    remedy: /mhloop event tail -m acme$/,
    break(at) {
      const find: Journal['events']['find'] = async (filter) => {
        const late = new Date(at.clock.now().getTime() - 5 * hour).toISOString()
        return (await at.journal.events.find(filter)).filter(
          ({ source, receivedAt }) => source === 'loop' || receivedAt < late,
        )
      }
      return { options: { openJournal: at.overlay({ events: { ...at.journal.events, find } }) } }
    },
  },
  {
    name: 'a pull that has not run for hours',
    code: 'work.pull',
    status: 'warn',
    message: /\d returns? changed at Loop but not pulled for \d+ h/,
    remedy: /^mhloop asn sync -m acme$/,
    break(at) {
      const get: Journal['cursors']['get'] = async (merchant, name) =>
        name === listCursor ? '2026-11-20T00:00:00.000Z' : await at.journal.cursors.get(merchant, name)
      return { options: { openJournal: at.overlay({ cursors: { ...at.journal.cursors, get } }) } }
    },
  },
  {
    name: 'events that nobody works on',
    code: 'work.inbox',
    status: 'fail',
    message: /Events have been waiting for 30 min/,
    remedy: /mhloop serve$/,
    async break(at) {
      const receivedAt = new Date(at.clock.now().getTime() - 30 * minute).toISOString()
      await at.journal.events.storeMany([heard('loop', receivedAt, { digest: 'waiting' })])
      return { mend: () => settleAll(at.journal, at.clock.now()) }
    },
  },
  {
    name: 'F47: an event in quarantine',
    code: 'work.quarantine',
    status: 'warn',
    message: /1 event that could not be processed/,
    remedy: /^mhloop event list -m acme --state quarantined$/,
    async break(at) {
      const event = heard('loop', at.clock.now().toISOString(), { digest: 'poison', state: 'quarantined', reason: 'X' })
      await at.journal.events.storeMany([event])
      return { mend: () => settleAll(at.journal, at.clock.now()) }
    },
  },
  {
    name: 'a parked refund',
    code: 'work.parked',
    status: 'fail',
    message: /1 effect is parked: process of \d+/,
    remedy: /^mhloop rma show \d+ -m acme$/,
    break: (at) => openEffects(at, 'parked', hour),
  },
  {
    name: 'F2: a refund in doubt since an hour',
    code: 'work.in-doubt',
    status: 'fail',
    message: /1 effect was sent over 15 minutes ago with no known outcome: process of \d+/,
    remedy: /^mhloop rma show \d+ -m acme$/,
    break: (at) => openEffects(at, 'sent', hour),
  },
  {
    name: 'a refund in doubt since a minute',
    code: 'work.in-doubt',
    status: 'warn',
    message: /1 effect in doubt: process of \d+/,
    remedy: /^mhloop rma show \d+ -m acme$/,
    break: (at) => openEffects(at, 'in_doubt', minute),
  },
  {
    name: 'F23: refunds that somebody paused',
    code: 'work.refunds',
    status: 'warn',
    message: /Paused: stock-taking \(ann@desk, 2026-11-23/,
    remedy: /^mhloop refunds resume -m acme$/,
    async break({ journal, clock }) {
      await journal.refunds.pause('acme', 'stock-taking', 'ann@desk', clock.now().toISOString())
      return { mend: () => journal.refunds.resume('acme', 'ann@desk', clock.now().toISOString()) }
    },
  },
  {
    name: 'F23: refunds of all merchants paused',
    code: 'work.refunds',
    status: 'warn',
    message: /Paused: fire/,
    remedy: /^mhloop refunds resume --all-merchants$/,
    async break({ journal, clock }) {
      await journal.refunds.pause(null, 'fire', 'ann@desk', clock.now().toISOString())
      return { mend: () => journal.refunds.resume(null, 'ann@desk', clock.now().toISOString()) }
    },
  },
  {
    name: 'F23: a limit that is reached',
    code: 'work.refunds',
    status: 'warn',
    message: /The limit is reached: 1 of 1 sent this hour/,
    remedy: /^mhloop refunds status -m acme$/,
    async break(at) {
      const { policy } = at.context.merchant
      return { mend: await at.profile({ policy: { ...policy, limits: { ...policy.limits, refundsPerHour: 1 } } }) }
    },
  },
]
