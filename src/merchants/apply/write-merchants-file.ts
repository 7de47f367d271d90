import type { Profile } from '../profiles/profile.ts'
import { settings, settingText, valueAt } from '../profiles/settings.ts'
import { type ListedSecret, type SecretName, secretNames, secretTitles } from '../secrets/credentials.ts'

export type Exported = {
  name: string
  profile: Profile
  /** Secrets that are stored on this machine. */
  kept: Partial<Record<SecretName, ListedSecret>>
}

const head = `# Merchants of mhloop, in the format that \`mhloop merchant apply -f\` reads. Whatever is left out takes its default.
# Secrets appear only as references (env:, file:, keychain:, command:). Those stored on the machine that wrote this
# file are listed as comments, and stay as they are when the file is applied there.
`

/** Writes a file that changes nothing when it is applied to the same machine. It contains no secret. */
export function writeMerchantsFile(merchants: readonly Exported[]): string {
  if (merchants.length === 0) return `${head}merchants: {}\n`
  return `${head}merchants:\n${merchants.map(merchantLines).join('\n')}`
}

function merchantLines({ name, profile, kept: stored }: Exported): string {
  return [
    `  ${scalar(name)}:`,
    ...settings.flatMap((setting) => {
      const value = valueAt(profile, setting.path)
      if (value === undefined) return []
      if (Array.isArray(value) && value.length > 0) return [`    ${setting.key}: [${value.map(scalar).join(', ')}]`]
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        const pairs = Object.entries(value).map(([key, amount]) => `${scalar(key)}: ${scalar(String(amount))}`)
        return [`    ${setting.key}: { ${pairs.join(', ')} }`]
      }
      return [`    ${setting.key}: ${scalar(settingText(setting, value))}`]
    }),
    ...reasonLines(profile),
    `    store: ${profile.store ?? 'file'}`,
    ...secretLines(profile, stored),
    '',
  ].join('\n')
}

function reasonLines({ policy }: Profile): string[] {
  const rules = policy?.reasons ?? []
  if (rules.length === 0) return []
  return [
    '    reasons:',
    ...rules.map(({ parentReason, reason, code }) => {
      const parent = parentReason === null ? '' : `parent: ${scalar(parentReason)}, `
      return `      - { ${parent}reason: ${scalar(reason)}, code: ${code} }`
    }),
  ]
}

function secretLines(profile: Profile, stored: Exported['kept']): string[] {
  const references = secretNames.flatMap((name) => {
    const reference = profile.secrets?.[name]
    return reference === undefined ? [] : [`      ${secretTitles[name].key}: ${scalar(reference)}`]
  })
  const remarks = secretNames.flatMap((name) => {
    const listed = profile.secrets?.[name] === undefined ? stored[name] : undefined
    if (listed === undefined) return []
    const since = listed.since === null ? '' : ` since ${listed.since.slice(0, 10)}`
    return [`    # ${secretTitles[name].key}: stored in the ${profile.store ?? 'file'}${since}`]
  })
  return references.length === 0 ? remarks : ['    secrets:', ...references, ...remarks]
}

/**
 * Writes a text so that every YAML reader, 1.1 or 1.2, reads the same text: plain where that is safe, otherwise in
 * double quotes with everything escaped that a terminal would not show.
 */
function scalar(text: string): string {
  if (/^[A-Za-z][\w./+-]*$/.test(text) && !/^(y|n|yes|no|true|false|null|nan|inf)$/i.test(text)) return text
  if (/^(0|[1-9]\d{0,14})(\.\d+)?$/.test(text)) return text
  const quoted = JSON.stringify(text)
  return quoted.replace(/[^\x20-\x7e\p{L}\p{N}\p{P}\p{S}]/gu, (char) =>
    Array.from({ length: char.length }, (_, unit) => `\\u${char.charCodeAt(unit).toString(16).padStart(4, '0')}`).join(
      '',
    ),
  )
}
