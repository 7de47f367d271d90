/**
 * Loaded before every test file: no test may use the machine's own profiles, journal, credentials or keychain, or draw
 * colours by accident.
 */
import assert from 'node:assert/strict'
import { accessSync, constants, readFileSync, statfsSync } from 'node:fs'
import { Socket } from 'node:net'
import { useKeychain } from '../src/merchants/stores/keychain.ts'
import { keepCompiledCode, makeCacheFolder, removeCacheFolder } from './compiled-code.ts'
import { noKeychain } from './keychain.ts'
import { countSkipped, reportSkipped } from './postgres/skipped.ts'

// Variables for the tests themselves; see postgres/server.ts, size.ts and reporter/reporter.ts.
if (process.env.MHLOOP_TEST_JOURNAL !== undefined) process.env.TEST_JOURNAL = process.env.MHLOOP_TEST_JOURNAL
if (process.env.MHLOOP_TEST_SIZE !== undefined) process.env.TEST_SIZE = process.env.MHLOOP_TEST_SIZE
if (process.env.MHLOOP_TEST_POSTGRES !== undefined) process.env.TEST_POSTGRES = process.env.MHLOOP_TEST_POSTGRES
if (process.env.CI !== undefined) process.env.TEST_SLOWEST = 'yes'
for (const name of Object.keys(process.env)) {
  if (name.startsWith('MHLOOP_')) delete process.env[name]
}
// For the programs that tests start.
process.env.MHLOOP_CREDENTIAL_STORE = 'file'
useKeychain(noKeychain)
for (const name of ['http_proxy', 'https_proxy', 'no_proxy']) {
  delete process.env[name]
  delete process.env[name.toUpperCase()]
}
delete process.env.FORCE_COLOR
delete process.env.CI
process.env.NO_COLOR = '1'
process.env.TZ = 'UTC'
// In memory where there is room: journals sync at every step, which a busy disk makes slow.
if (isUsable('/dev/shm')) process.env.TMPDIR = '/dev/shm'

const { connect } = Socket.prototype
const isReal = (when: string) => () => assert.equal(Socket.prototype.connect, connect, `the network is mocked ${when}`)

/**
 * For every file: if one left nock in the place of Node's sockets, other files of its worker would hang
 * (http/networks.ts).
 */
export const mochaHooks = {
  beforeAll: [isReal('before this file'), keepCompiledCode],
  afterAll: isReal('by this file, and left so'),
}

/** For the whole run, in the process that starts its workers. */
export function mochaGlobalSetup(): void {
  countSkipped()
  makeCacheFolder()
}

export function mochaGlobalTeardown(): void {
  removeCacheFolder()
  reportSkipped()
}

/** Containers may mount it without execution, which some tests need. */
function isUsable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    const { bavail, bsize } = statfsSync(folder)
    const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n')
    const mount = mounts.findLast((line) => line.split(' ')[1] === folder)
    return bavail * bsize > 2 ** 31 && !/\bnoexec\b/.test(mount ?? '')
  } catch {
    return false
  }
}
