import { printable } from '../text/printable.ts'
import { counted, fail, ok, some, type Verdict, warn } from './verdict.ts'

/** The oldest major version of Node.js that mhloop runs on. */
const leastNode = 24

export function nodeVerdict(version: string, platform: string): Verdict {
  const major = Number(/^v?(\d+)\./.exec(version)?.[1] ?? 0)
  if (major >= leastNode) return ok(`Node.js ${version.replace(/^v/, '')} on ${platform}.`)
  return fail(`Node.js ${version} is too old.`, `Install Node.js ${leastNode} or later`)
}

/** One of mhloop's files or folders, as it is on the disk. */
export type PlacedFile = {
  path: string
  kind: 'file' | 'folder' | 'link' | 'other'
  owner: 'us' | 'somebody else'
  /** The nine permission bits; null where the platform has none. */
  mode: number | null
  /** true: no other user may read it. false: others may read it, but not change it. */
  secret: boolean
}

/** Other users can't read secret files, and can't change or replace any file (F62). */
export function filesVerdict(files: readonly PlacedFile[], settingsFolder: string): Verdict {
  const wrong = files.flatMap((file) => {
    const complaint = complaintOf(file)
    return complaint === null ? [] : [{ file, complaint }]
  })
  const [first] = wrong
  if (first === undefined)
    return ok(
      `Settings are in ${printable(settingsFolder, 200)}${files.length === 0 ? ', which is empty so far' : ', private'}.`,
    )
  const listed = some(
    wrong.map(({ file, complaint }) => `${printable(file.path, 200)} ${complaint}`),
    2,
  )
  return fail(`${listed}.`, repairOf(first.file))
}

function complaintOf({ kind, owner, mode, secret }: PlacedFile): string | null {
  if (kind === 'link') return 'is a symbolic link'
  if (kind === 'other') return 'is neither a file nor a folder'
  if (owner !== 'us') return 'belongs to another user'
  if (mode === null) return null
  if ((mode & 0o022) !== 0) return 'is writable by other users'
  return secret && (mode & 0o077) !== 0 ? 'is readable by other users' : null
}

function quoted(path: string): string {
  return `'${printable(path, 300).replaceAll("'", "'\\''")}'`
}

function repairOf({ path, kind, owner }: PlacedFile): string {
  const name = quoted(path)
  if (kind === 'link' || kind === 'other' || owner !== 'us') return `ls -ld ${name}`
  return `chmod ${kind === 'folder' ? 700 : 600} ${name}`
}

export type Surroundings = {
  /** Names of variables that are set. */
  set: ReadonlySet<string>
  /** Value of MHLOOP_MERCHANT. */
  merchant: string | null
  /** The stored merchants, and the one that commands use by default. */
  stored: readonly string[]
  current: string | null
  /** NODE_TLS_REJECT_UNAUTHORIZED=0 is set: mhloop ignores it, other programs on Node.js obey it. */
  tlsUnchecked: boolean
  /** The file in NODE_EXTRA_CA_CERTS. If Node.js can read it, it trusts these certificates, too; null when not set. */
  extraCertificates: { path: string; readable: boolean } | null
}

const trio = ['MHLOOP_LOOP_API_KEY', 'MHLOOP_MASONHUB_TOKEN', 'MHLOOP_MASONHUB_SLUG']

/** Finds variables that silently make commands use another merchant than the stored one (F66). */
export function environmentVerdict(surroundings: Surroundings): Verdict {
  const { set, merchant, stored, current, tlsUnchecked, extraCertificates } = surroundings
  const provided = trio.filter((variable) => set.has(variable))
  if (provided.length > 0 && stored.length > 0 && merchant === null) {
    const message =
      provided.length === trio.length
        ? `Commands without -m use the merchant “env”, not ${current ?? 'a stored merchant'}: ${provided.join(', ')}.`
        : `Commands without -m end with code 4, because only ${provided.join(' and ')} is set.`
    return warn(message, `unset ${provided.join(' ')}`)
  }
  if (merchant !== null && current !== null && merchant !== current) {
    return warn(
      `MHLOOP_MERCHANT makes commands use ${printable(merchant, 60)}, not the current merchant ${current}.`,
      'unset MHLOOP_MERCHANT',
    )
  }
  if (tlsUnchecked) {
    return warn(
      'NODE_TLS_REJECT_UNAUTHORIZED=0 is set. mhloop still checks certificates; other programs do not.',
      'unset NODE_TLS_REJECT_UNAUTHORIZED',
    )
  }
  const usual = 'No environment variable overrides the stored merchants.'
  if (extraCertificates === null) return ok(usual)
  const path = printable(extraCertificates.path, 200)
  if (extraCertificates.readable)
    return ok(`${usual} Certificates in ${path} are trusted as well (NODE_EXTRA_CA_CERTS).`)
  return warn(
    `NODE_EXTRA_CA_CERTS names ${path}, which can't be read, so its certificates are not trusted.`,
    `ls -l ${quoted(extraCertificates.path)}`,
  )
}

const megabyte = 1024 * 1024

/** Warns while writes still succeed (F46). */
export function diskVerdict(freeBytes: number | null): Verdict {
  if (freeBytes === null) return ok("The free space can't be determined.")
  const text =
    freeBytes >= 1024 * megabyte
      ? `${Math.floor(freeBytes / megabyte / 1024)} GB`
      : `${Math.floor(freeBytes / megabyte)} MB`
  const remedy = 'Free up space on that disk; refunds stop when it is full'
  if (freeBytes < 256 * megabyte) return fail(`Only ${text} are left on the journal's disk.`, remedy)
  if (freeBytes < 1024 * megabyte) return warn(`Only ${text} are left on the journal's disk.`, remedy)
  return ok(`${text} free.`)
}

/** The journal cuts its log back to 64 MB at each checkpoint, so a longer log means that checkpoints never finish. */
export function logVerdict(walBytes: number): Verdict {
  const text = `${Math.ceil(walBytes / megabyte)} MB`
  const remedy = 'Find the stuck mhloop process that keeps an old read open, and stop it'
  if (walBytes > 256 * megabyte) return fail(`The write-ahead log has grown to ${text}.`, remedy)
  if (walBytes > 128 * megabyte) return warn(`The write-ahead log has grown to ${text}.`, remedy)
  return ok(`The write-ahead log has ${text}.`)
}

export function healthVerdict(problems: readonly string[], settings: Readonly<Record<string, string>>): Verdict {
  if (problems.length > 0) return fail(problems.join(' '), 'mhloop journal check')
  return ok(`${counted(Object.keys(settings).length, 'setting')} read back correctly.`)
}
