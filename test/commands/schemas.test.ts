import assert from 'node:assert/strict'
import { runMhloop } from '../run.ts'
import { assertObeysSchema, schemaNames, schemaOf } from './schemas.ts'

describe('JSON schemas that ship in the package', () => {
  for (const name of schemaNames) {
    it(`${name}.json names itself, its document, and its dialect`, () => {
      const schema = schemaOf(name)
      assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema')
      assert.equal(schema.$id, `mhloop/${name}@1`)
      assert.deepEqual(schema.properties.schema, { const: `mhloop/${name}@1` })
      assert.ok(schema.required.includes('schema'))
    })
  }

  it('every failure obeys error.json, also before a command is found', async () => {
    for (const argv of ['no-such-topic --json', 'asn sync --nonsense --json', 'mapping audit --only NOPE --json']) {
      const { json, exit } = await runMhloop(argv)
      assert.equal(exit, 2)
      assertObeysSchema(json())
    }
  })

  it('refuses a document with a key that its schema does not name', () => {
    const document = { schema: 'mhloop/error@1', error: { code: 'X', message: 'm', hint: null, exit: 2, extra: 1 } }
    assert.throws(() => assertObeysSchema(document), /additional/)
  })
})
