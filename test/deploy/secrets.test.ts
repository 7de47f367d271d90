import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse, parseAllDocuments } from 'yaml'
import { readMerchantsFile } from '../../src/merchants/apply/merchants-file.ts'
import { readPrivateFile } from '../../src/merchants/files/private-file.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const read = (name: string) => readFileSync(fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url)), 'utf8')

describe('secrets that are mounted (H11)', () => {
  it('H11: deploy/kubernetes.yaml refers to what it mounts, read only and for a pod that is not root', () => {
    const [secret, config, set] = parseAllDocuments(read('kubernetes.yaml')).map((document) => document.toJS())
    const { merchants, problems } = readMerchantsFile(config.data['merchants.yaml'])
    assert.deepEqual(problems, [])
    const references = Object.values(merchants[0]?.profile.secrets ?? {})
    const { spec } = set.spec.template
    const mount = spec.containers[0].volumeMounts.find(({ name }: { name: string }) => name === 'acme')
    assert.equal(mount.readOnly, true)
    assert.deepEqual(
      references,
      Object.keys(secret.stringData).map((key) => `file:${mount.mountPath}/${key}`),
    )
    const volume = spec.volumes.find(({ name }: { name: string }) => name === 'acme')
    assert.deepEqual([volume.secret.secretName, volume.secret.defaultMode], [secret.metadata.name, 0o440])
    assert.deepEqual([spec.securityContext.runAsNonRoot, set.spec.replicas], [true, 1])
    assert.deepEqual(Object.values(secret.stringData), ['', ''])
  })

  describe('the volume of the pod', () => {
    const folder = temporaryFolder()

    it('H11, F62: what fsGroup opens to the group is closed again before mhloop reads it', async function () {
      if (process.platform === 'win32') {
        process.stderr.write('skipped: Windows has no modes of files that fsGroup could open\n')
        this.skip()
      }
      const [, , set] = parseAllDocuments(read('kubernetes.yaml')).map((document) => document.toJS())
      const { spec } = set.spec.template
      assert.equal(spec.securityContext.fsGroupChangePolicy, 'OnRootMismatch')
      const [modes, merchants] = spec.initContainers
      assert.deepEqual([modes.name, merchants.name], ['modes', 'merchants'])
      const env: Record<string, string> = Object.fromEntries(
        modes.env.map(({ name, value }: { name: string; value: string }) => [
          name,
          value.replace('/var/lib/mhloop', folder()),
        ]),
      )
      const [shell, ...words] = modes.command
      const start = () => execFileSync(shell, words, { env: { ...env, PATH: process.env.PATH ?? '' } })
      start()
      const config = env.MHLOOP_CONFIG_DIR ?? ''
      const secrets = join(config, 'credentials.json')
      writeFileSync(secrets, '{}', { mode: 0o600 })
      mkdirSync(join(config, 'more'))
      // As the kubelet leaves files and folders of a volume that fsGroup did not own before.
      for (const path of [config, join(config, 'more')]) chmodSync(path, 0o2770)
      chmodSync(secrets, 0o660)
      await assert.rejects(readPrivateFile(secrets, 'secret'), { code: 'CONFIG_UNSAFE' })
      start()
      assert.equal(await readPrivateFile(secrets, 'secret'), '{}')
    })

    it('H11: every container has a /tmp, although its root is read-only', () => {
      const [, , set] = parseAllDocuments(read('kubernetes.yaml')).map((document) => document.toJS())
      const { spec } = set.spec.template
      assert.deepEqual(spec.volumes.find(({ name }: { name: string }) => name === 'tmp').emptyDir, {})
      for (const { volumeMounts } of [...spec.initContainers, ...spec.containers])
        assert.ok(volumeMounts.some(({ mountPath }: { mountPath: string }) => mountPath === '/tmp'))
    })
  })

  it('H11: deploy/docker-secrets.yaml gives both workers the files that its head refers to', () => {
    const text = read('docker-secrets.yaml')
    const { services, secrets } = parse(text, { merge: true })
    for (const name of ['worker-1', 'worker-2']) assert.deepEqual(services[name].secrets, Object.keys(secrets))
    const referred = [...text.matchAll(/file:\/run\/secrets\/(\w+)/g)].map(([, name]) => name)
    assert.deepEqual(referred, Object.keys(secrets))
  })
})
