import { claimNote } from '../../../src/core/refunds/claim-note.ts'
import { type Broken, oldLinks } from './breaking.ts'

export const returns: readonly Broken[] = [
  {
    name: "F47: a record at Loop that can't be read",
    code: 'returns.readable',
    status: 'warn',
    message: /record of 1 return can't be read: 424242/,
    remedy: /^mhloop rma show 424242 -m acme$/,
    break: (at) => ({
      options: {
        async connect(...call) {
          const connections = await at.connect(...call)
          const list: typeof connections.loop.list = async function* (query) {
            if (query.states?.[0] === 'open')
              query.onUnreadable?.({ returnId: '424242', where: 'returns.0.line_items' })
            yield* connections.loop.list(query)
          }
          return { ...connections, loop: { ...connections.loop, list } }
        },
      },
    }),
  },
  {
    name: 'a SKU that MasonHub lacks',
    code: 'returns.skus',
    status: 'fail',
    message: /lacks 1 of 2 SKUs in open returns of the last 7 days: NO-SUCH-SKU/,
    remedy: /mhloop asn sync -m acme$/,
    break: (at) => ({ mend: at.fileElsewhere({ units: [{ sku: 'NO-SUCH-SKU' }] }) }),
  },
  {
    name: 'reasons that nobody mapped',
    code: 'returns.reasons',
    status: 'warn',
    message: /sent as “other”: “Mind › Changed” \(2\)/,
    remedy: /^mhloop mapping reasons suggest -m acme$/,
    break: (at) => ({
      mend: at.fileElsewhere({ units: [{ sku: 'TEE-BLK-M', reason: 'Changed', parentReason: 'Mind', quantity: 2 }] }),
    }),
  },
  {
    name: 'F19: outcomes that nobody knows',
    code: 'returns.outcomes',
    status: 'warn',
    message: /Flagged even if everything arrives, in \d+ returns of the last 120 days: “refund\+points” \(1\)/,
    remedy: /mhloop explain OUTCOME_NOT_ALLOWED$/,
    break: (at) => ({ mend: at.fileElsewhere({ units: [{ sku: 'TEE-BLK-M' }], outcome: 'refund+points' }) }),
  },
  {
    name: 'F19: a return that Loop paid before its receipt',
    code: 'returns.auto-processing',
    status: 'warn',
    message: /1 of 2 returns closed in the last 7 days was refunded in Loop before/,
    remedy: /automatic processing off/,
    break(at) {
      const mend = at.keep(at.travelling)
      at.sandbox.loop.process(at.travelling)
      at.pass(5_000)
      return { mend }
    },
  },
  {
    name: 'F20: a shop that pays flagged returns by itself',
    code: 'returns.flagged',
    status: 'fail',
    message: /1 return that mhloop flagged was refunded within 15 min anyway/,
    remedy: /Allow flagged returns to process/,
    break(at) {
      const mend = at.keep(at.flagged)
      at.sandbox.loop.process(at.flagged)
      at.pass(5_000)
      return { mend }
    },
  },
  {
    name: 'F12: a note of another mhloop',
    code: 'returns.foreign',
    status: 'fail',
    message: /Another mhloop, with another journal, has worked on \d+/,
    remedy: /mhloop refunds pause -m acme --reason "two installations"$/,
    break(at) {
      const mend = at.keep(at.flagged)
      at.sandbox.loop.note(at.flagged, 'Warehouse receipt: 1 unit is damaged. [mhloop 0badcafe]')
      return { mend }
    },
  },
  {
    name: 'F12: a refund of another mhloop',
    code: 'returns.foreign',
    status: 'fail',
    message: /Another mhloop/,
    remedy: /mhloop refunds pause/,
    break(at) {
      const mend = at.keep(at.paid)
      at.sandbox.loop.note(at.paid, 'mhloop: 11111111-2222-4333-8444-555555555555\nmasonhub_rma: x')
      return { mend }
    },
  },
  {
    name: 'G1: a claim of another mhloop that lost the race for a refund',
    code: 'returns.foreign',
    status: 'fail',
    message: /^Another mhloop, with another journal, has worked on \d+\.$/,
    remedy: /mhloop refunds pause/,
    break(at) {
      const mend = at.keep(at.paid)
      at.sandbox.loop.note(at.paid, claimNote('f'.repeat(32), '11111111-2222-4333-8444-555555555555'))
      return { mend }
    },
  },
  {
    name: 'F29: an RMA that nobody has received for forty days',
    code: 'returns.stale',
    status: 'warn',
    message: /1 RMA open for over five weeks: \d+/,
    remedy: /^mhloop rma show \d+ -m acme$/,
    break: (at) => ({ options: oldLinks(at) }),
  },
]
