import { randomBytes } from 'node:crypto'

/** Makes ids of effects and events: 16 hexadecimal characters, all of them random, because the first 8 tag notes. */
export type NewId = () => string

export const randomId: NewId = () => randomBytes(8).toString('hex')
