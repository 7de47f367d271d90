import { printable } from '../../core/text/printable.ts'
import type { Env } from '../files/config-folder.ts'
import type { SecretName } from '../secrets/credentials.ts'
import { keychain } from '../stores/keychain.ts'
import { keychainEntry, keychainValue } from '../stores/keychain-store.ts'
import { childEnvironment, grantedVariables } from './child-environment.ts'
import { referencedFile } from './referenced-file.ts'
import type { Reference } from './references.ts'
import { type ProgramRun, runProgram } from './run-program.ts'
import { readSecretFile } from './secret-file.ts'

export type Following = {
  env: Env
  merchant: string
  name: SecretName
  /** Variables that references read: no command gets them, whatever was granted. */
  hidden: ReadonlySet<string>
}

/** What a reference yields: the text, or a problem that ends the sentence "The … can't be read: …". */
export type Followed = { text: string; since: string | null } | { missing: boolean; problem: string }

/** Reads the secret each time, so that one rotated elsewhere is used. Problems are returned, never thrown. */
export async function followReference(reference: Reference, following: Following): Promise<Followed> {
  try {
    return await followers[reference.kind](reference as never, following)
  } catch (error) {
    return { missing: false, problem: error instanceof Error ? error.message.replace(/\.$/, '') : 'unknown' }
  }
}

const followers: {
  [K in Reference['kind']]: (reference: Extract<Reference, { kind: K }>, following: Following) => Promise<Followed>
} = {
  async env({ variable }, { env }) {
    const text = env[variable]?.trim()
    return text ? { text, since: null } : { missing: true, problem: `the environment variable ${variable} is not set` }
  },
  async file(reference, { env }) {
    const whole = referencedFile(reference, env)
    if (whole === null) return { missing: true, problem: 'CREDENTIALS_DIRECTORY is not set' }
    const found = await readSecretFile(whole, env)
    if (found === null) return { missing: true, problem: `there is no file ${printable(whole, 200)}` }
    const text = found.value.trim()
    return text ? { text, since: found.since } : { missing: true, problem: `${printable(whole, 200)} is empty` }
  },
  async keychain({ entry }, { env, merchant, name }) {
    const { service, account } = entry ?? keychainEntry(merchant, name)
    const [text] = await keychain([{ action: 'get', service, account }], env)
    const where = `${printable(service, 80)}/${printable(account, 120)}`
    if (!text) return { missing: true, problem: `the keychain has no entry ${where}` }
    const { value, since } = keychainValue(text)
    return { text: value.trim(), since }
  },
  async command({ words }, { env, hidden }) {
    const limit = { milliseconds: 10_000, bytes: 65_536 }
    const run = await runProgram({ words, env: childEnvironment(env, grantedVariables(env, hidden)), limit })
    const program = printable(words[0], 80)
    if (run.outcome !== 'ended') return { missing: false, problem: `${program} ${whyNot(run)}` }
    if (run.code !== 0) {
      const more = 'list the variables it needs in MHLOOP_COMMAND_VARIABLES'
      return { missing: false, problem: `${program} ended with code ${run.code ?? 'none'} (${more})` }
    }
    const text = run.stdout.trim()
    return text ? { text, since: null } : { missing: true, problem: `${program} printed nothing` }
  },
}

function whyNot(run: Exclude<ProgramRun, { outcome: 'ended' }>): string {
  switch (run.outcome) {
    case 'timed-out':
      return 'did not finish within 10 seconds'
    case 'too-much':
      return 'printed more than any secret is long'
    case 'not-started':
      return run.why === 'ENOENT' ? 'is not on the PATH' : `could not be started (${printable(run.why, 40)})`
  }
}
