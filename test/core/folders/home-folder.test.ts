import assert from 'node:assert/strict'
import { homedir } from 'node:os'
import { homeFolder } from '../../../src/core/folders/home-folder.ts'
import { dataFolder } from '../../../src/journal/data-folder.ts'

describe('home folder', () => {
  const none = () => {
    throw new Error('uv_os_get_passwd returned ENOENT')
  }

  it('is HOME, else what the system knows', () => {
    assert.equal(homeFolder({ HOME: '/home/ann' }, none), '/home/ann')
    assert.equal(
      homeFolder({}, () => '/home/ben'),
      '/home/ben',
    )
    assert.equal(homeFolder({ HOME: '' }, homedir), homedir())
  })

  it('a user without one learns what to set, and needs none where the folders are named', () => {
    assert.throws(() => homeFolder({}, none), { code: 'HOME_UNKNOWN', exit: 2, hint: /MHLOOP_DATA_DIR/ })
    assert.equal(dataFolder({ MHLOOP_DATA_DIR: '/srv/mhloop' }), '/srv/mhloop')
  })
})
