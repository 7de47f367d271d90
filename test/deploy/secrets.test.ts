import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse, parseAllDocuments } from 'yaml'
import { readMerchantsFile } from '../../src/merchants/merchants-file.ts'

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

  it('H11: deploy/docker-secrets.yaml gives both workers the files that its head refers to', () => {
    const text = read('docker-secrets.yaml')
    const { services, secrets } = parse(text, { merge: true })
    for (const name of ['worker-1', 'worker-2']) assert.deepEqual(services[name].secrets, Object.keys(secrets))
    const referred = [...text.matchAll(/file:\/run\/secrets\/(\w+)/g)].map(([, name]) => name)
    assert.deepEqual(referred, Object.keys(secrets))
  })
})
