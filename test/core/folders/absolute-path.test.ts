import assert from 'node:assert/strict'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Fault } from '../../../src/core/errors/fault.ts'
import { namedFolder, systemFolder } from '../../../src/core/folders/absolute-path.ts'
import { shellWord } from '../../../src/core/text/shell-word.ts'
import { dataFolder } from '../../../src/journal/data-folder.ts'
import { sqlitePath } from '../../../src/journal/sqlite/location.ts'
import { configFolder } from '../../../src/merchants/files/config-folder.ts'

const home = '/home/ann'

function faultOf(run: () => unknown): Fault {
  try {
    run()
  } catch (error) {
    return error as Fault
  }
  throw new Error('nothing was refused')
}

describe('a place that moves with the folder one is in (G2)', () => {
  const places: [string, (path: string) => unknown][] = [
    ['MHLOOP_DATA_DIR', (path) => dataFolder({ MHLOOP_DATA_DIR: path, HOME: home })],
    ['MHLOOP_CONFIG_DIR', (path) => configFolder({ MHLOOP_CONFIG_DIR: path, HOME: home })],
  ]
  for (const [variable, read] of places) {
    it(`${variable}: a relative path is refused with the whole one to type (G2)`, () => {
      for (const path of ['data', './data', '../data', 'C:data', '-x']) {
        const { code, exit, hint } = faultOf(() => read(path))
        assert.deepEqual(
          [code, exit, hint],
          ['PATH_RELATIVE', 2, `export ${variable}=${shellWord(join(process.cwd(), path))}`],
        )
      }
    })

    it(`${variable}: a "~" that no shell expanded is refused, with the home folder in the hint (G2)`, () => {
      assert.equal(faultOf(() => read('~/mhloop')).hint, `export ${variable}=${home}/mhloop`)
      assert.equal(faultOf(() => read('~')).hint, `export ${variable}=${home}`)
      // The home folder of another user is unknown to us.
      assert.equal(faultOf(() => read('~ben/mhloop')).hint, `export ${variable}=/the/whole/path`)
    })

    it(`${variable}: the hint quotes what a shell would split (G2)`, () => {
      assert.equal(faultOf(() => read("~/my data's")).hint, `export ${variable}='${home}/my data'\\''s'`)
    })
  }

  it('the journal: sqlite:PATH takes a path from the root only (G2)', () => {
    for (const path of ['journal.db', './journal.db', 'file:journal.db', ':memory:']) {
      const { code, exit, hint } = faultOf(() => sqlitePath(`sqlite:${path}`, '/srv'))
      const whole = shellWord(join(process.cwd(), path))
      assert.deepEqual([code, exit], ['PATH_RELATIVE', 2])
      assert.equal(hint, `export MHLOOP_JOURNAL=sqlite:${whole}`)
      const byFlag = faultOf(() => sqlitePath(`sqlite:${path}`, '/srv', '--journal '))
      assert.equal(byFlag.hint, `--journal sqlite:${whole}`)
    }
    assert.match(
      faultOf(() => sqlitePath('sqlite:~/journal.db', '/srv')).hint ?? '',
      new RegExp(`sqlite:${homedir()}/`),
    )
    assert.equal(faultOf(() => sqlitePath(undefined, 'data')).code, 'PATH_RELATIVE')
    assert.equal(sqlitePath('sqlite:/srv/x/../journal.db', '/unused'), '/srv/journal.db')
    assert.equal(sqlitePath('sqlite:///srv/journal.db', '/unused'), '/srv/journal.db')
    assert.equal(sqlitePath(undefined, '/srv/data'), '/srv/data/journal.db')
  })

  it('the system’s variables: a relative one counts as not set, as the XDG specification has it (G2)', () => {
    for (const path of ['', 'share', './share', '~/share']) {
      assert.equal(systemFolder({ XDG_DATA_HOME: path }, 'XDG_DATA_HOME'), null)
      assert.equal(dataFolder({ XDG_DATA_HOME: path, HOME: home }, 'linux'), `${home}/.local/share/mhloop`)
      assert.equal(dataFolder({ LOCALAPPDATA: path, HOME: home }, 'win32'), `${home}/AppData/Local/mhloop`)
      assert.equal(configFolder({ XDG_CONFIG_HOME: path, HOME: home }), `${home}/.config/mhloop`)
    }
    assert.equal(dataFolder({ XDG_DATA_HOME: '/srv/share', HOME: home }, 'linux'), '/srv/share/mhloop')
    assert.equal(configFolder({ XDG_CONFIG_HOME: '/srv/config', HOME: home }), '/srv/config/mhloop')
  })

  it('a relative HOME makes no home (G2)', () => {
    for (const read of [dataFolder, configFolder]) {
      const { code, exit, message } = faultOf(() => read({ HOME: 'ann' }))
      assert.deepEqual([code, exit], ['HOME_UNKNOWN', 2])
      assert.match(message, /HOME is ann, which is a relative path/)
    }
  })

  it('what is absolute, or not set, is left alone', () => {
    const of = (path: string | undefined) => namedFolder({ MHLOOP_DATA_DIR: path }, 'MHLOOP_DATA_DIR', () => home)
    assert.equal(of('/srv/a folder'), '/srv/a folder')
    assert.equal(of(''), null)
    assert.equal(of(undefined), null)
  })
})
