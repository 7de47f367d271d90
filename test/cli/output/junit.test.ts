import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import fc from 'fast-check'
import { type JunitReport, junitWriter, junitXml } from '../../../src/cli/output/junit.ts'
import type { Check } from '../../../src/core/doctor/check.ts'
import { secret } from '../../../src/merchants/secrets/secret.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { parseXml, type XmlElement } from './xml.ts'

const at = '2026-11-25T17:00:00.123Z'
const ok: Check = {
  code: 'loop.reach',
  merchant: 'acme',
  status: 'ok',
  message: 'Fine.',
  remedy: null,
  milliseconds: 12,
}
const failed: Check = {
  ...ok,
  code: 'loop.key',
  status: 'fail',
  message: 'Wrong <key>.',
  remedy: 'mhloop merchant set',
}
const warned: Check = { ...ok, code: 'loop.age', status: 'warn', message: 'Old.', remedy: 'mhloop merchant rotate' }
const skipped: Check = { ...ok, code: 'loop.holds', status: 'skipped', message: 'Nothing to look at.', milliseconds: 0 }
const disk: Check = { ...ok, code: 'journal.disk', merchant: null, milliseconds: 1500 }

function report(checks: readonly Check[]): JunitReport {
  return { command: 'doctor', at, checks }
}

function only(element: XmlElement, name: string): XmlElement {
  const [found, ...others] = element.elements.filter((one) => one.name === name)
  assert.ok(found !== undefined && others.length === 0, `${element.name} has one ${name}`)
  return found
}

describe('JUnit', () => {
  it('has a suite for each merchant and one for the machine, with counts and times', () => {
    const root = parseXml(junitXml(report([ok, { ...failed, merchant: 'other' }, disk, warned, skipped])))
    assert.deepEqual(root.attributes, {
      name: 'mhloop doctor',
      tests: '5',
      failures: '1',
      errors: '0',
      skipped: '1',
      time: '1.536',
    })
    const suites = root.elements.map(({ name, attributes }) => [name, attributes.name, attributes.tests])
    assert.deepEqual(suites, [
      ['testsuite', 'acme', '3'],
      ['testsuite', 'other', '1'],
      ['testsuite', 'this machine', '1'],
    ])
    assert.equal(root.elements[0]?.attributes.timestamp, '2026-11-25T17:00:00')
    assert.deepEqual(root.elements[0]?.elements[0]?.attributes, {
      classname: 'mhloop.doctor.acme',
      name: 'loop.reach',
      time: '0.012',
    })
  })

  it('fails what failed, passes what warns with its sentence, skips what was skipped', () => {
    const [suite] = parseXml(junitXml(report([ok, failed, warned, skipped]))).elements
    const [fine, wrong, old, none] = suite?.elements ?? []
    assert.equal(only(fine as XmlElement, 'system-out').text, 'Fine.')
    const failure = only(wrong as XmlElement, 'failure')
    assert.deepEqual(failure.attributes, { type: 'loop.key', message: 'Wrong <key>.' })
    assert.equal(failure.text, 'Wrong <key>.\nNext: mhloop merchant set')
    assert.deepEqual(
      old?.elements.map(({ name }) => name),
      ['system-out'],
    )
    assert.equal(only(old as XmlElement, 'system-out').text, 'Warning: Old.\nNext: mhloop merchant rotate')
    assert.equal(only(none as XmlElement, 'skipped').attributes.message, 'Nothing to look at.')
  })

  it('is well-formed when nothing was checked', () => {
    assert.deepEqual(parseXml(junitXml(report([]))).elements, [])
  })

  it('gives back every text of Unicode, with U+FFFD only for what XML 1.0 can not hold', () => {
    const anyText = fc.string({
      unit: fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point)),
    })
    const status = fc.constantFrom<Check['status']>('ok', 'warn', 'fail', 'skipped')
    fc.assert(
      fc.property(anyText, anyText, anyText, anyText, status, (code, merchant, message, remedy, state) => {
        const check: Check = { code, merchant, status: state, message, remedy, milliseconds: 0 }
        const [suite] = parseXml(junitXml(report([check]))).elements
        const [found] = suite?.elements ?? []
        assert.equal(suite?.attributes.name, writable(merchant))
        assert.equal(found?.attributes.name, writable(code))
        const whole = `${writable(message)}\nNext: ${writable(remedy)}`
        const [element] = found?.elements ?? []
        const text = element?.name === 'skipped' ? element.attributes.message : element?.text
        assert.equal(text, state === 'warn' ? `Warning: ${whole}` : whole)
        if (state === 'fail') assert.equal(element?.attributes.message, writable(message))
      }),
    )
  })

  it('gives back each code point of the first plane, and the edges of the others', () => {
    const edges = [0x10000, 0x1fffe, 0x1ffff, 0x10fffe, 0x10ffff]
    const points = [...Array.from({ length: 0x10000 }, (_, point) => point), ...edges]
    // Letters in between keep two surrogates from forming a pair.
    const message = points.map((point) => `${String.fromCodePoint(point)}x`).join('')
    const [suite] = parseXml(junitXml(report([{ ...failed, message, remedy: null }]))).elements
    const failure = only(suite?.elements[0] as XmlElement, 'failure')
    assert.equal(failure.text, writable(message))
    assert.equal(failure.attributes.message, writable(message))
  })

  it('F58: holds no secret that this process has held', () => {
    const canary = secret('canary-of-the-junit-report')
    const text = junitXml(report([{ ...failed, message: `It was ${canary.reveal()}.` }]))
    assert.ok(!text.includes('canary'), text)
  })

  /** The part of a text that XML can hold (the Char production of XML 1.0), decided code point by code point. */
  function writable(text: string): string {
    const legal = (point: number) =>
      point === 0x9 ||
      point === 0xa ||
      point === 0xd ||
      (point >= 0x20 && point <= 0xd7ff) ||
      (point >= 0xe000 && point <= 0xfffd) ||
      (point >= 0x10000 && point <= 0x10ffff)
    return [...text].map((one) => (legal(one.codePointAt(0) ?? 0) ? one : '\ufffd')).join('')
  }
})

describe('--junit FILE', () => {
  const folder = temporaryFolder()

  it('makes the folder, replaces the file whole, and leaves nothing beside it', async () => {
    const path = `${folder()}/reports/deep/doctor.xml`
    await (await junitWriter(path))(report([ok]))
    await (await junitWriter(path))(report([failed]))
    assert.equal(await readFile(path, 'utf8'), junitXml(report([failed])))
    assert.deepEqual(await readdir(`${folder()}/reports/deep`), ['doctor.xml'])
  })

  it('writes nothing without a path', async () => {
    await (await junitWriter(undefined))(report([ok]))
    assert.deepEqual(await readdir(folder()), [])
  })

  it('refuses before anything is checked: standard output, a folder, a device, a folder that can not be made', async () => {
    await mkdir(`${folder()}/taken`)
    await writeFile(`${folder()}/file`, '')
    await symlink('/dev/null', `${folder()}/device`)
    for (const path of [
      '-',
      '',
      `${folder()}/taken`,
      `${folder()}/device`,
      `${folder()}/file/below.xml`,
      '/proc/none/x.xml',
    ]) {
      await assert.rejects(junitWriter(path), { code: 'FILE_UNWRITABLE', exit: 2 }, path)
    }
  })
})
