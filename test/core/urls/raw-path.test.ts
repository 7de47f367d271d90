import assert from 'node:assert/strict'
import fc from 'fast-check'
import { whatIsWrongWithPath, wordsOf } from '../../../src/core/urls/raw-path.ts'
import { loopRefusal, loopReturnIn } from '../../../src/loop/raw.ts'
import { masonhubRefusal, masonhubReturnsIn } from '../../../src/masonhub/requests/raw.ts'

describe('a path for a raw request', () => {
  it('F63: stays below the base URL, however it is written', () => {
    const bad = [
      'https://evil.example/x',
      'HTTPS:/evil.example',
      'file:///etc/passwd',
      '//evil.example/x',
      'returns',
      '',
      '/../v1/returns',
      '/a/../../b',
      '/a/..',
      '/..;/b',
      '/%2e%2e/x',
      '/%2E./x',
      '/%252e%252e/x',
      '/a%2f..%2fb',
      '/a%5c..%5cb',
      '/a%2fb',
      '/a\\b',
      '/a\nb',
      '/a#b',
      '/%zz',
      '/a%00process',
      '/process%250a',
    ]
    for (const path of bad) assert.notEqual(whatIsWrongWithPath(path), null, path)
  })

  it('may be anything else, with its query', () => {
    for (const path of [
      '/destinations',
      '/rmas?cid=1,2&limit=5',
      '/a%20b',
      '/a.b/c',
      '/...',
      '/skus?cid=A%2FB',
      '/x?y=../z',
    ]) {
      assert.equal(whatIsWrongWithPath(path), null, path)
    }
  })

  it('property: whatever is let through resolves to a URL below the base', () => {
    const piece = fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '%2f',
      '%25',
      '2e',
      'a',
      ';',
      '?',
      '\\',
      '@',
      ':',
      '#',
      ' ',
      '%5c',
      'é',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const path = `/${pieces.join('')}`
        if (whatIsWrongWithPath(path) !== null) return
        const url = new URL(`https://api.example.com/api/2026-10${path}`)
        assert.equal(url.origin, 'https://api.example.com')
        assert.ok(url.pathname.startsWith('/api/2026-10/'), path)
      }),
      { numRuns: 2_000 },
    )
  })

  it('property: a word that is refused is found however it is escaped, cased or dressed up', () => {
    const dress = fc.constantFrom('', '/', '//', ';x=1', '.json', '%20', '?a=b', '%2520', '/%25zz')
    const dressed = (word: string, how: readonly number[]) =>
      [...word]
        .map((letter, index) => {
          const code = letter.charCodeAt(0).toString(16)
          const ways = [letter, letter.toUpperCase(), `%${code}`, `%25${code}`]
          return ways[(how[index] ?? 0) % ways.length]
        })
        .join('')
    fc.assert(
      fc.property(
        fc.constantFrom('process', 'close', 'cancel', 'remove', 'flag', 'labels'),
        fc.array(fc.nat(3), { minLength: 7, maxLength: 7 }),
        dress,
        (word, how, end) => {
          assert.ok(loopRefusal(`/warehouse/return/1/${dressed(word, how)}${end}`) !== null)
        },
      ),
    )
  })
})

describe('what a raw request may not do', () => {
  it('decide about a return: it names the command that does', () => {
    assert.equal(loopRefusal('/warehouse/return/1/process')?.instead, 'mhloop rma resolve ID --refund')
    assert.equal(loopRefusal('/warehouse/return/1/flag')?.instead, 'mhloop rma resolve ID --flag')
    assert.equal(loopRefusal('/returns/1/labels')?.instead, 'mhloop rma label ID')
    assert.equal(loopRefusal('/returns/1/labels/regenerate')?.instead, 'mhloop rma label ID')
    for (const action of ['close', 'cancel', 'remove?line_item_id=1']) {
      assert.notEqual(loopRefusal(`/warehouse/return/1/${action}`), null)
    }
    for (const path of [
      '/warehouse/return/1/note',
      '/destinations',
      '/webhooks/5',
      '/warehouse/return/list?state=closed',
      '/processing',
      '/x?y=process',
    ]) {
      assert.equal(loopRefusal(path), null, path)
    }
  })

  it('F60: touch secrets; F36: buy a label; ask the data factory in production', () => {
    const ask = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown, production = false) =>
      masonhubRefusal({ method, path, body, production })
    for (const path of ['/secrets', '/SECRETS/', '/%73ecrets', '/delete_secrets?x=1']) {
      for (const method of ['GET', 'POST', 'DELETE'] as const) assert.notEqual(ask(method, path), null, path)
    }
    const record = { customer_identifier: '99904598' }
    const safe = { ...record, generate_return_label: false }
    for (const method of ['POST', 'PUT'] as const) {
      for (const body of [
        undefined,
        record,
        [record],
        [safe, record],
        [[record]],
        { ...record, generate_return_label: 'false' },
        'x',
        null,
      ]) {
        assert.notEqual(ask(method, '/rmas', body), null, JSON.stringify(body))
      }
      for (const body of [safe, [safe], []]) assert.equal(ask(method, '/rmas/', body), null)
    }
    assert.equal(ask('DELETE', '/rmas', [record]), null)
    assert.equal(ask('POST', '/data_factory/rmaEvent', []), null)
    assert.notEqual(ask('POST', '/data_factory/rmaEvent', [], true), null)
  })

  it('finds the returns that it is about, for their history', () => {
    assert.equal(loopReturnIn('/warehouse/return/99904598/note'), '99904598')
    assert.equal(loopReturnIn('/warehouse/return/list'), null)
    assert.deepEqual(
      masonhubReturnsIn([{ customer_identifier: '99904598' }, '99904599', { customer_identifier: 'x' }]),
      ['99904598', '99904599'],
    )
  })

  it('reads the words of a path as the laxest server might', () => {
    for (const word of ['a', 'b', 'c']) assert.ok(wordsOf('/A/ b;x/%63?d').includes(word), word)
    assert.ok(!wordsOf('/A/b;x/%63?d').includes('d'))
  })
})
