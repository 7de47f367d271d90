import { access, constants } from 'node:fs/promises'
import {
  diskVerdict,
  environmentVerdict,
  filesVerdict,
  healthVerdict,
  logVerdict,
  nodeVerdict,
  type PlacedFile,
} from '../../core/doctor/machine.ts'
import { ok } from '../../core/doctor/verdict.ts'
import { printable } from '../../core/text/printable.ts'
import type { Journal, JournalHealth } from '../../journal/journal.ts'
import { problemsOf } from '../../journal/maintenance/health.ts'
import { configFolder, type Env } from '../../merchants/files/config-folder.ts'
import { readProfiles } from '../../merchants/profiles/profiles.ts'
import { blockedBy, type CheckOf } from './run.ts'

/** What is the same for every merchant on this machine; each reading is made once. */
export type Machine = {
  env: Env
  node: { version: string; platform: string }
  /** The files as they were before anything was opened. */
  files: readonly PlacedFile[]
  /** Names of all stored merchants. */
  names(): Promise<string[]>
  /** Whether MHLOOP_JOURNAL decides which journal it is; false with --journal. */
  isJournalOfEnvironment: boolean
  journal(): Promise<Journal>
  health(): Promise<JournalHealth>
}

export const machineChecks: readonly CheckOf<Machine>[] = [
  { code: 'machine.node', run: ({ node }) => nodeVerdict(node.version, node.platform) },
  { code: 'machine.files', run: ({ files, env }) => filesVerdict(files, configFolder(env)) },
  {
    code: 'machine.environment',
    async run({ env }) {
      const { merchants, current } = await blockedBy('machine.files', () => readProfiles(env), 'CONFIG_UNSAFE')()
      return environmentVerdict({
        set: new Set(Object.keys(env).filter((name) => env[name])),
        merchant: env.MHLOOP_MERCHANT || null,
        stored: Object.keys(merchants),
        current,
        tlsUnchecked: env.NODE_TLS_REJECT_UNAUTHORIZED === '0',
        extraCertificates: await extraCertificates(env),
      })
    },
  },
  {
    code: 'journal.open',
    async run({ journal, health, env, isJournalOfEnvironment }) {
      await journal()
      const { engine, location, schemaVersion } = await health()
      const why = env.MHLOOP_JOURNAL && isJournalOfEnvironment ? ' (MHLOOP_JOURNAL)' : ''
      return ok(`${printable(location, 200)}${why}, ${engine}, schema ${schemaVersion}.`)
    },
  },
  {
    code: 'journal.health',
    needs: ['journal.open'],
    async run({ health }) {
      const report = await health()
      // Disk, log and effects without an outcome have their own checks.
      const others = new Set(problemsOf(report))
      return healthVerdict(
        report.problems.filter((problem) => !others.has(problem)),
        report.settings,
      )
    },
  },
  { code: 'journal.disk', needs: ['journal.open'], run: async ({ health }) => diskVerdict((await health()).freeBytes) },
  { code: 'journal.log', needs: ['journal.open'], run: async ({ health }) => logVerdict((await health()).walBytes) },
]

async function extraCertificates({ NODE_EXTRA_CA_CERTS: path }: Env) {
  if (!path) return null
  const readable = await access(path, constants.R_OK).then(
    () => true,
    () => false,
  )
  return { path, readable }
}
