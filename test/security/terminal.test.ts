/**
 * Hostile text on a real terminal: checks each byte that the built program draws there (F55). Needs `npm run build`.
 */
import assert from 'node:assert/strict'
import { stripVTControlCharacters } from 'node:util'
import { hostile, onWatch } from '../e2e/canaries.ts'
import { loadPty, openTerminal } from '../e2e/terminal.ts'

/**
 * Everything that mhloop itself draws with: colours, clearing a line, the cursor. Any other escape came from outside.
 */
const drawn = /\u001b\[(?:\d+(?:;\d+)*m|K|\?25[hl]|\d*[ABCDGJ])|\r|\n/g
const acted =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u

describe('hostile text on a terminal (F55)', () => {
  const watch = onWatch()

  it('F55: of vendors’ and shoppers’ text no byte moves the cursor, makes a link, turns the line or hides', async function () {
    const pty = await loadPty()
    if (pty === null) this.skip()
    const { env, folder, file } = watch()
    const id = file({
      orderName: `#1${hostile}`,
      units: [{ sku: 'TEE-BLK-M', title: hostile, reason: hostile, parentReason: hostile, comment: hostile }],
      customer: { email: hostile, firstName: hostile, lastName: hostile },
    })
    const place = { MHLOOP_CONFIG_DIR: `${folder}/config`, MHLOOP_DATA_DIR: `${folder}/data` }
    for (const argv of [
      ['asn', 'list'],
      ['asn', 'sync'],
      ['rma', 'show', id],
      ['mapping', 'audit'],
    ]) {
      const terminal = openTerminal(pty, argv, { ...env, ...place })
      await terminal.ended
      // The output of stty comes from the shell, not from mhloop.
      const said = terminal.bytes().split('speed ')[0] ?? ''
      assert.doesNotMatch(said.replaceAll(drawn, ''), acted, argv.join(' '))
      assert.doesNotMatch(said, /https:\/\/evil\.example\u0007|\u001b\]/, argv.join(' '))
      if (argv[0] !== 'mapping') assert.match(stripVTControlCharacters(said), /\S/)
    }
  })
})
