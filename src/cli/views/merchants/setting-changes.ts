import type { SettingChange } from '../../../journal/journal.ts'
import { begun } from '../../../journal/records/setting-changes.ts'
import { type Column, type Listing, listing } from '../../output/listing.ts'
import { dim, strong } from '../../output/styled.ts'
import { timestamp } from '../times.ts'

export function changeListing(changes: readonly SettingChange[], options: { empty: string; narrow: boolean }): Listing {
  const columns: Column<SettingChange>[] = [
    { key: 'at', title: 'When (UTC)', value: ({ at }) => timestamp(at) },
    { key: 'merchant', title: 'Merchant', value: ({ merchant }) => merchant ?? dim('all') },
    { key: 'actor', title: 'Who', value: ({ actor }) => actor },
    { key: 'claimedActor', title: 'Claimed', value: ({ claimedActor }) => claimedActor ?? '' },
    { key: 'what', title: 'What', value: ({ what }) => strong(what) },
    { key: 'setting', title: 'Setting', value: ({ setting }) => setting ?? '' },
    { key: 'before', title: 'Before', value: ({ before }) => before ?? '' },
    { key: 'after', title: 'After', value: ({ after }) => after ?? '' },
    { key: 'reason', title: 'Why', value: ({ reason }) => reason ?? '' },
  ]
  const omitted = new Set(options.narrow ? ['merchant', 'claimedActor', 'reason'] : [])
  return listing({ columns: columns.filter(({ key }) => !omitted.has(key)), rows: changes, empty: options.empty })
}

/** `refunds-per-hour: 10 → 20 (root@vm, claimed: ceo, 2026-11-20 12:00 UTC)` */
export function changeText({ setting, what, before, after, actor, claimedActor, at, reason }: SettingChange): string {
  const how = before === null ? (after ?? '') : `${before} → ${after ?? 'nothing'}`
  const who = claimedActor === null ? actor : `${actor}, claimed: ${claimedActor}`
  const why = reason === null ? '' : `: ${reason}`
  const doubt = what.endsWith(begun) ? ', begun but perhaps not stored' : ''
  return `${setting ?? what}: ${how}${doubt}${why} (${who}, ${timestamp(at)} UTC)`
}
