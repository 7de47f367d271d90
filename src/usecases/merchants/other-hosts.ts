import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'
import { shellWord } from '../../core/text/shell-word.ts'
import type { Env } from '../../merchants/files/config-folder.ts'
import { assemble } from '../../merchants/profiles/assemble.ts'
import { settings, valueAt } from '../../merchants/profiles/settings.ts'
import { rotationNames, secretTitles } from '../../merchants/secrets/credentials.ts'
import type { ProfileChange, SecretOfOtherHost } from '../../merchants/secrets/secrets-of-other-hosts.ts'
import { isSameHost } from '../../merchants/secrets/vendor-hosts.ts'
import { storeOf } from '../../merchants/stores/stores.ts'

/** A reference counts as present, whatever it leads to; otherwise the store lists what is there (no secret is read). */
async function isThere(env: Env, { name, before, secret, reference }: SecretOfOtherHost): Promise<boolean> {
  return reference !== null || (await storeOf(env, before).list(name))[secret] !== undefined
}

/**
 * Throws Fault when one of these secrets exists: it would go to another host than the one that it was entered for (G7,
 * G8). `command`: the command that enters it again together with its host.
 */
export async function refuseOtherHosts(
  env: Env,
  moved: readonly SecretOfOtherHost[],
  command: (moved: readonly SecretOfOtherHost[]) => string = renewingCommands,
): Promise<void> {
  const there = await Promise.all(moved.map((one) => isThere(env, one)))
  const bound = moved.filter((_, index) => there[index])
  if (bound.length === 0) return
  const merchants = new Set(bound.map(({ name }) => name))
  const [only] = merchants.size === 1 ? merchants : []
  throw new Fault(`${bound.map(otherHostSentence).join(' ')} Nothing was sent or stored.`, {
    code: 'SECRET_OF_OTHER_HOST',
    hint: renewingHint(bound, command(bound)),
    merchant: only,
  })
}

/**
 * Throws Fault when MasonHub's host changes while `merchant rotate masonhub` is unfinished: finishing it there would
 * send phrases and tokens of the previous host (G7).
 */
export async function refuseUnfinishedRotation(env: Env, { name, before, after }: ProfileChange): Promise<void> {
  const [was, is] = [before, after].map((one) => assemble(name, one, 'profile').merchant.masonhub.baseUrl)
  if (was === undefined || is === undefined || isSameHost(was, is)) return
  const listed = await storeOf(env, before).list(name)
  if (!rotationNames.some((one) => one !== 'nextCallbackToken' && listed[one] !== undefined)) return
  throw new Fault(
    `A rotation of the MasonHub token of ${name} is not finished, and belongs to ${printable(new URL(was).host, 200)}. Nothing was sent or stored.`,
    {
      code: 'ROTATION_UNFINISHED',
      merchant: name,
      hint: `Finish it there first: mhloop merchant rotate masonhub -m ${name}`,
    },
  )
}

export function otherHostSentence({ name, secret, was, is, reference }: SecretOfOtherHost): string {
  const whence = reference === null ? '(stored here)' : `from ${printable(reference, 200)}`
  return `The ${secretTitles[secret].title} of ${name} ${whence} was given for ${printable(was, 200)}, so it is not sent to ${printable(is, 200)}.`
}

/** `command`: enters the secrets again. Nobody issues a stored callback token, so the operator can make a new one. */
export function renewingHint(bound: readonly SecretOfOtherHost[], command: string): string {
  const isMade = bound.some(({ secret, reference }) => secret === 'callbackToken' && reference === null)
  const how = isMade ? ' (any new callback token will do, such as one from openssl rand -hex 32)' : ''
  return `Enter it again together with its host${how}: ${command}`
}

/** The secrets as `merchant set` takes them: a reference with its text, others by their keys, typed without echo. */
export function renewedSecrets(bound: readonly SecretOfOtherHost[]): string {
  return bound
    .map(({ secret, reference }) => [secretTitles[secret].key, ...(reference === null ? [] : [shellWord(reference)])])
    .map((words) => words.join(' '))
    .join(' ')
}

/** One command for each merchant, which changes its hosts and asks for their secrets. */
export function renewingCommands(bound: readonly SecretOfOtherHost[]): string {
  const merchants = new Map(bound.map((one) => [one.name, one]))
  return [...merchants.values()]
    .map(({ name, before, after }) => {
      const moving = settings.filter(
        ({ key, path }) => decidesHost.has(key) && valueAt(before, path) !== valueAt(after, path),
      )
      const values = moving.map(({ key, path }) => `${key} ${shellWord(String(valueAt(after, path) ?? 'default'))}`)
      const secrets = renewedSecrets(bound.filter((one) => one.name === name))
      return ['mhloop merchant set -m', name, ...values, secrets].join(' ')
    })
    .join(' && ')
}

const decidesHost = new Set(['environment', 'slug', 'loop-base-url', 'masonhub-base-url'])
