import type { FastifyReply } from 'fastify'

/**
 * Seconds after which a sender should come again. Loop tries six times and honours up to 30 minutes (loop.md §14.3): a
 * person who has yet to give us its secret has nearly two hours.
 */
const comeAgainAfter = { unavailable: '5', 'no-secret': '1200' } as const

/** What is answered: constant, so that it tells nobody which part of a request was wrong. */
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

/** Answers before the body was read, and hears no more of it. */
export function sendRefusal(reply: FastifyReply, what: keyof typeof answers): FastifyReply {
  return answer(reply.header('connection', 'close'), what)
}

/** Whether an error says itself what to answer; any other is a fault of ours. */
export function hasStatus(error: unknown): error is Error & { statusCode: unknown } {
  return error instanceof Error && 'statusCode' in error
}

/** What an error stands for. */
export function failureOf(error: unknown): 'too-large' | 'invalid' | 'unavailable' {
  const status = hasStatus(error) ? Number(error.statusCode) : 500
  if (status === 413) return 'too-large'
  return status >= 400 && status < 500 ? 'invalid' : 'unavailable'
}
