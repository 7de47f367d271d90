import assert from 'node:assert/strict'
import { auditGone } from '../../../src/core/audit/audit-gone.ts'
import { anOpenRma, anRma, codesOf, returnId } from '../build.ts'

const found = (rmas: Parameters<typeof auditGone>[0]['rmas'], open: Parameters<typeof auditGone>[0]['open'] = []) =>
  auditGone({ returnId, rmas, open })

describe('a return that Loop no longer knows (G15)', () => {
  it('G15 RETURN_GONE: MasonHub still expects its parcel', () => {
    assert.deepEqual(found([anOpenRma()]), [
      {
        code: 'RETURN_GONE',
        severity: 'warning',
        returnId,
        customerIdentifier: returnId,
        message: 'Loop no longer has this return, but MasonHub still expects its parcel.',
        fix: `mhloop rma show ${returnId}`,
      },
    ])
    assert.equal(found([anOpenRma({ status: 'in-receiving' })])[0]?.severity, 'warning')
  })

  it('G15 an error once the warehouse has received its parcel', () => {
    for (const rmas of [[anRma()], [anOpenRma(), anRma()]]) {
      assert.deepEqual(
        found(rmas).map(({ code, severity }) => [code, severity]),
        [['RETURN_GONE', 'error']],
      )
    }
  })

  it('nothing when its RMA is gone, too; what a person has to settle is reported all the same', () => {
    assert.deepEqual(found([]), [])
    assert.deepEqual(found([anRma({ status: 'deleted' })]), [])
    const open = [{ kind: 'process', state: 'parked', evidence: 'Loop no longer shows this return.' }] as const
    assert.deepEqual(codesOf(found([], open)), ['PARKED'])
    assert.deepEqual(codesOf(found([anRma()], open)), ['PARKED', 'RETURN_GONE'])
  })
})
