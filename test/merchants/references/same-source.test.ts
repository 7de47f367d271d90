import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { readReference } from '../../../src/merchants/references/references.ts'
import { isSameSource } from '../../../src/merchants/references/same-source.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

describe('two references that lead to the same secret (G8)', () => {
  const folder = temporaryFolder()
  const referenceOf = (text: string) => {
    const read = readReference(text)
    assert.ok('reference' in read, text)
    return read.reference
  }
  const isSame = (one: string, other: string, env: Record<string, string> = { HOME: folder() }) => {
    const [was, is] = [referenceOf(one), referenceOf(other)]
    assert.equal(isSameSource(was, is, env), isSameSource(is, was, env), 'whichever is first')
    return isSameSource(was, is, env)
  }

  it('G8 are compared by what they mean, and not by how they are written', () => {
    for (const [one, other, same] of [
      ['env:ACME_KEY', ' env:ACME_KEY ', true],
      ['env:ACME_KEY', 'env:OTHER_KEY', false],
      ['command:op  read "a b"', "command:op read 'a b'", true],
      ['command:op read a', 'command:op read b', false],
      ['command:op read a', 'command:op read A', false],
      ['keychain:vault/acme', 'keychain:Vault/ACME', true],
      ['keychain:vault/acme', 'keychain:vault/other', false],
      ['env:ACME_KEY', 'file:/run/ACME_KEY', false],
    ] as const) {
      assert.equal(isSame(one, other), same, `${one} and ${other}`)
    }
  })

  it('G8 files that are not there yet are compared by their real folders', () => {
    mkdirSync(join(folder(), 'keys'))
    symlinkSync('keys', join(folder(), 'linked'))
    assert.equal(isSame('file:~/keys/loop', `file:${folder()}/linked/loop`), true)
    assert.equal(isSame('file:~/keys/loop', 'file:~/keys/other'), false)
    assert.equal(isSame('file:~/no/such/loop', `file:${folder()}/no/such/./loop`), true)
  })

  it('G8 a file whose path is unknown here may be any file', () => {
    assert.equal(isSame('file:$CREDENTIALS_DIRECTORY/loop', 'file:/run/credentials/mhloop.service/loop'), true)
    const env = { CREDENTIALS_DIRECTORY: folder() }
    assert.equal(isSame('file:$CREDENTIALS_DIRECTORY/loop', `file:${folder()}/loop`, env), true)
    assert.equal(isSame('file:$CREDENTIALS_DIRECTORY/loop', `file:${folder()}/other`, env), false)
    assert.equal(isSame('file:~/loop', 'file:/else/loop', { HOME: 'relative' }), true)
  })
})
