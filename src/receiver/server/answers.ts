import type { FastifyReply } from 'fastify'

/**
 * `Retry-After` in seconds. Loop tries six times and honours up to 30 minutes (loop.md §14.3): a person who has not
 * stored the secret yet has nearly two hours.
 */
const comeAgainAfter = { unavailable: '5', 'no-secret': '1200' } as const

/** The answers are constant, so that they do not reveal which part of a request was wrong. */
const answers = {
  stored: [200, { status: 'stored' }],
  ignored: [200, { status: 'ignored' }],
  invalid: [400, { error: 'bad request' }],
  refused: [401, { error: 'unauthorized' }],
  unknown: [404, { error: 'not found' }],
  'wrong-method': [405, { error: 'method not allowed' }],
  'too-large': [413, { error: 'too large' }],
  unavailable: [503, { error: 'not stored, try again' }],
  'no-secret': [503, { error: 'not ready, try again' }],
} as const

export function answer(reply: FastifyReply, what: keyof typeof answers): FastifyReply {
  const [status, body] = answers[what]
  if (what === 'unavailable' || what === 'no-secret') reply.header('retry-after', comeAgainAfter[what])
  return reply.code(status).send(body)
}

/** Answers before the body is read, and closes the connection. */
export function sendRefusal(reply: FastifyReply, what: keyof typeof answers): FastifyReply {
  return answer(reply.header('connection', 'close'), what)
}

/** Whether an error carries its own HTTP status; any other is our own error. */
export function hasStatus(error: unknown): error is Error & { statusCode: unknown } {
  return error instanceof Error && 'statusCode' in error
}

export function failureOf(error: unknown): 'too-large' | 'invalid' | 'unavailable' {
  const status = hasStatus(error) ? Number(error.statusCode) : 500
  if (status === 413) return 'too-large'
  return status >= 400 && status < 500 ? 'invalid' : 'unavailable'
}
