import { firstSchema } from './first-schema.ts'
import { secondSchema } from './second-schema.ts'
import type { Words } from './sql-words.ts'
import { thirdSchema } from './third-schema.ts'

/** One migration per version, from 1, for both engines. Never change one that was released. */
export const migrations: readonly ((words: Words) => string)[] = [firstSchema, secondSchema, thirdSchema]

/** The schema version that this mhloop reads and writes. */
export const schemaVersion = migrations.length
