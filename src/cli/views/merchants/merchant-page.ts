import type { Origin } from '../../../merchants/profiles/assemble.ts'
import { journalName } from '../../../merchants/profiles/binding.ts'
import { environmentMerchant } from '../../../merchants/profiles/profile.ts'
import { settingOf, settings, settingText } from '../../../merchants/profiles/settings.ts'
import { secretTitles } from '../../../merchants/secrets/credentials.ts'
import type { SecretPlace } from '../../../merchants/secrets/secret-places.ts'
import type { StoredMerchant } from '../../../usecases/merchants/add-merchant.ts'
import type { Page } from '../../output/page.ts'
import { bad, dim, good, type Parts, strong } from '../../output/styled.ts'

/** A merchant in JSON: every setting with its origin; for secrets, where they are stored and since when. */
export function merchantData({ merchant, origins, places, journal, current }: StoredMerchant) {
  return {
    name: merchant.name,
    environment: merchant.environment,
    current,
    settings: Object.fromEntries(
      settings.map((setting) => [
        camel(setting.key),
        { value: settingOf(merchant, setting), origin: origins[setting.key] ?? 'default' },
      ]),
    ),
    reasonRules: merchant.policy.reasons.length,
    journal: journal && { id: journal.id, place: journal.place, since: journal.since },
    secrets: Object.fromEntries(
      places.map(({ name, place, encrypted, reference, since, state, problem }) => [
        name,
        { present: state === 'ok', place, since, encrypted, reference, state, problem },
      ]),
    ),
  }
}

export function merchantPage(page: Page, stored: StoredMerchant): void {
  const { merchant, origins, places, journal, current } = stored
  const isOfEnvironment = merchant.name === environmentMerchant
  page.line(
    strong(merchant.name),
    dim(current ? ' · the current merchant' : isOfEnvironment ? ' · from environment variables' : ''),
  )
  page.heading('Settings')
  page.fields([
    ...settings.map((setting): [string, Parts] => [
      setting.key,
      [settingText(setting, settingOf(merchant, setting)).replaceAll(',', ', '), originNote(origins[setting.key])],
    ]),
    ['journal', journal === null ? dim('none yet') : `${journalName(journal)} since ${journal.since.slice(0, 10)}`],
    [
      'reason rules',
      [String(merchant.policy.reasons.length), dim(` (mhloop mapping reasons list -m ${merchant.name})`)],
    ],
  ])
  page.heading('Secrets')
  page.fields(places.map((place): [string, Parts] => [secretTitles[place.name].key, placeParts(place)]))
}

function placeParts({ name, place, encrypted, reference, since, state, problem }: SecretPlace): Parts {
  const where = [
    reference ?? place,
    encrypted === true ? 'encrypted' : null,
    since === null ? null : `since ${since.slice(0, 10)}`,
  ].filter((part) => part !== null)
  const suffix = where.length === 0 ? '' : ` (${where.join(', ')})`
  if (state === 'ok') return [good('present'), dim(suffix)]
  if (state === 'missing' && reference === null) return secretTitles[name].required ? bad('missing') : dim('absent')
  return [bad(state), dim(suffix), problem === null ? '' : `. ${problem}`]
}

function originNote(origin: Origin | undefined) {
  return dim(origin === 'profile' ? '' : ` (${origin ?? 'default'})`)
}

export function camel(key: string): string {
  return key.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
