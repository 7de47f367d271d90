import type { Origin } from '../../merchants/assemble.ts'
import { secretNames, secretTitles } from '../../merchants/credentials.ts'
import { settingOf, settings, settingText } from '../../merchants/settings.ts'
import type { StoredMerchant } from '../../usecases/onboard.ts'
import type { Page } from '../output/page.ts'
import { bad, dim, good, type Parts, strong } from '../output/styled.ts'

/** A merchant in JSON: every setting with its origin, and of the secrets where they are and since when. */
export function merchantData({ merchant, origins, secrets, place, current }: StoredMerchant) {
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
    secrets: Object.fromEntries(
      secretNames.map((name) => {
        const kept = secrets[name]
        return [name, { present: kept !== undefined, place: kept ? place : null, since: kept?.since ?? null }]
      }),
    ),
  }
}

export function merchantPage(page: Page, stored: StoredMerchant): void {
  const { merchant, origins, secrets, place, current } = stored
  page.line(
    strong(merchant.name),
    dim(current ? ' · the current merchant' : place === 'environment' ? ' · made of environment variables' : ''),
  )
  page.heading('Settings')
  page.fields([
    ...settings.map((setting): [string, Parts] => [
      setting.key,
      [settingText(setting, settingOf(merchant, setting)).replaceAll(',', ', '), originNote(origins[setting.key])],
    ]),
    ['reason rules', [String(merchant.policy.reasons.length), dim(' (mhloop mapping reasons list)')]],
  ])
  page.heading(place === 'environment' ? 'Secrets' : `Secrets (${place})`)
  page.fields(
    secretNames.map((name) => {
      const kept = secrets[name]
      const since = kept?.since ? `since ${kept.since.slice(0, 10)}` : place
      return [secretTitles[name].key, kept ? [good('present'), dim(` (${since})`)] : absent(name)]
    }),
  )
}

function absent(name: (typeof secretNames)[number]): Parts {
  return secretTitles[name].required ? bad('missing') : dim('absent')
}

function originNote(origin: Origin | undefined) {
  return dim(origin === 'profile' ? '' : ` (${origin ?? 'default'})`)
}

export function camel(key: string): string {
  return key.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
