import { randomBytes } from 'node:crypto'

/** Makes ids of effects and events: 16 hexadecimal characters, random from the first on, because 8 of them tag notes. */
export type NewId = () => string

export const randomId: NewId = () => randomBytes(8).toString('hex')
