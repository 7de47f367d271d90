import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openJournal } from '../../../src/journal/open-journal.ts'
import { type Broken, credentialsPath, health } from './breaking.ts'

export const machine: readonly Broken[] = [
  {
    name: 'a Node.js that is too old',
    code: 'machine.node',
    status: 'fail',
    message: /Node\.js v22\.1\.0 is too old/,
    remedy: /Install Node\.js 24/,
    break: () => ({ options: { node: { version: 'v22.1.0', platform: 'linux' } } }),
  },
  {
    name: 'F62: credentials that others can read',
    code: 'machine.files',
    status: 'fail',
    message: /credentials\.json is readable by other users/,
    remedy: /^chmod 600 '.+credentials\.json'$/,
    skips: (code) => /^(loop|masonhub|returns)\./.test(code) || /^(merchant\.secrets|work\.(silence|pull))$/.test(code),
    async break(at) {
      await chmod(credentialsPath(at), 0o644)
      return { mend: () => chmod(credentialsPath(at), 0o600) }
    },
  },
  {
    name: 'F62: profiles that others can change',
    code: 'machine.files',
    status: 'fail',
    message: /profiles\.json is writable by other users/,
    remedy: /^chmod 600 '.+profiles\.json'$/,
    skips: (code) => !/^(machine\.node|journal\..+)$/.test(code),
    async break(at) {
      const path = join(at.env.MHLOOP_CONFIG_DIR ?? '', 'profiles.json')
      await chmod(path, 0o666)
      return { mend: () => chmod(path, 0o600) }
    },
  },
  {
    name: 'F62: a journal that others can read',
    code: 'machine.files',
    status: 'fail',
    message: /journal\.db is readable by other users/,
    remedy: /^chmod 600 '.+journal\.db'$/,
    async break(at) {
      const folder = at.env.MHLOOP_DATA_DIR ?? ''
      await mkdir(folder, { mode: 0o700 })
      await writeFile(join(folder, 'journal.db'), '')
      await chmod(join(folder, 'journal.db'), 0o644)
      return { mend: () => rm(folder, { recursive: true }) }
    },
  },
  {
    name: 'F66: variables that stand in for the stored merchant',
    code: 'machine.environment',
    status: 'warn',
    message: /Commands without -m use the merchant “env”, not acme/,
    remedy: /^unset MHLOOP_LOOP_API_KEY MHLOOP_MASONHUB_TOKEN MHLOOP_MASONHUB_SLUG$/,
    break: (at) => ({
      options: {
        env: { ...at.env, MHLOOP_LOOP_API_KEY: 'k', MHLOOP_MASONHUB_TOKEN: 't', MHLOOP_MASONHUB_SLUG: 'demo' },
      },
    }),
  },
  {
    name: 'a current merchant that MHLOOP_MERCHANT overrules',
    code: 'machine.environment',
    status: 'warn',
    message: /use other, not the current merchant acme/,
    remedy: /^unset MHLOOP_MERCHANT$/,
    break: (at) => ({ options: { env: { ...at.env, MHLOOP_MERCHANT: 'other' } } }),
  },
  {
    name: 'F10: a journal behind a symbolic link',
    code: 'journal.open',
    status: 'fail',
    message: /not safe to use: it is a symbolic link/,
    remedy: /give the file itself/,
    skips: (code) =>
      /^(journal|work)\./.test(code) ||
      [
        'merchant.journal',
        'merchant.account',
        'masonhub.callbacks',
        'returns.auto-processing',
        'returns.flagged',
        'returns.foreign',
        'returns.stale',
      ].includes(code),
    exit: 1,
    async break(at) {
      const link = join(at.env.MHLOOP_CONFIG_DIR ?? '', '..', `link-${at.clock.now().getTime()}.db`)
      await symlink('/dev/null', link)
      const { clock } = at
      return { options: { openJournal: () => openJournal(`sqlite:${link}`, { dataDir: '', clock }) } }
    },
  },
  {
    name: 'failures.md §2.6: a setting of the journal that reads back wrong',
    code: 'journal.health',
    status: 'fail',
    message: /synchronous is 1, not 2/,
    remedy: /^mhloop journal check$/,
    break: (at) => health(at, { problems: ["SQLite's synchronous is 1, not 2."] }),
  },
  {
    name: 'F46: a disk that is nearly full',
    code: 'journal.disk',
    status: 'fail',
    message: /Only 100 MB are left/,
    remedy: /Free up space on that disk/,
    break: (at) => health(at, { freeBytes: 100 * 1024 * 1024 }),
  },
  {
    name: 'a disk that is filling up',
    code: 'journal.disk',
    status: 'warn',
    message: /Only 600 MB are left/,
    remedy: /Free up space on that disk/,
    break: (at) => health(at, { freeBytes: 600 * 1024 * 1024 }),
  },
  {
    name: 'a write-ahead log that never shrinks',
    code: 'journal.log',
    status: 'fail',
    message: /has grown to 300 MB/,
    remedy: /stuck mhloop process/,
    break: (at) => health(at, { walBytes: 300 * 1024 * 1024 }),
  },
]
