import assert from 'node:assert/strict'
import { hostname, userInfo } from 'node:os'
import { operator } from '../../../src/cli/command/operator.ts'

describe('who acted, in the journal (G11)', () => {
  const real = `${userInfo().username}@${hostname()}`

  it('is the user that the process runs as, whatever the environment says (G11)', () => {
    for (const env of [{}, { USER: 'ceo', LOGNAME: 'ceo' }, { SUDO_USER: '' }, { SUDO_USER: userInfo().username }]) {
      assert.equal(operator(env), real)
    }
  })

  it('a claimed name is added, as claimed (G11)', () => {
    assert.equal(operator({ SUDO_USER: 'ceo' }), `${real} (claimed: ceo)`)
    assert.equal(operator({ MHLOOP_OPERATOR: 'ann', SUDO_USER: 'ceo' }), `${real} (claimed: ann)`)
    assert.match(operator({ SUDO_USER: `x\u001b[2J${'y'.repeat(500)}` }), /^[^\u001b]{1,120}$/)
  })
})
