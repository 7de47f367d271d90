import type { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

export type BodyReader = {
  /** The whole body. Rejects with a `statusCode`: 413 too large, 503 too much is held already, 400 it broke off. */
  read(body: Readable, reply: FastifyReply, merchant: string): Promise<Buffer>
}

/** Of what may be held of all bodies, one endpoint's senders can't take more than this. */
const shareOfOne = 1 / 4

/**
 * Reads bodies within a bound on all that are held at once, from their first byte until their answer is sent: hundreds of
 * senders who each stay below the limit of a body may not end the process (H1, F52).
 */
export function createBodyReader({ bodyBytes, bodiesBytes }: { bodyBytes: number; bodiesBytes: number }): BodyReader {
  const held = new Map<string, number>()
  const total = () => held.values().reduce((sum, bytes) => sum + bytes, 0)

  /** Whether so much more may be held; if so, it is counted. */
  function take(merchant: string, bytes: number): boolean {
    const own = (held.get(merchant) ?? 0) + bytes
    if (own > Math.max(bodyBytes, bodiesBytes * shareOfOne) || total() + bytes > bodiesBytes) return false
    held.set(merchant, own)
    return true
  }

  function giveBack(merchant: string, bytes: number): void {
    const left = (held.get(merchant) ?? 0) - bytes
    if (left > 0) held.set(merchant, left)
    else held.delete(merchant)
  }

  return {
    read(body, reply, merchant) {
      return new Promise((resolve, reject) => {
        const chunks: Buffer[] = []
        let size = 0
        let taken = 0
        reply.raw.once('close', () => {
          giveBack(merchant, taken)
          stop()
        })
        const fail = (statusCode: number) => {
          stop()
          reject(Object.assign(new Error('the body was not read'), { statusCode }))
        }
        const onData = (chunk: Buffer) => {
          size += chunk.length
          if (size > bodyBytes) return fail(413)
          if (!take(merchant, chunk.length)) return fail(503)
          taken += chunk.length
          chunks.push(chunk)
        }
        const onEnd = () => {
          stop()
          resolve(Buffer.concat(chunks))
        }
        const onBroken = () => fail(400)
        const stop = () => {
          body.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken)
          // It may break off later, and nobody needs to hear of that.
          body.on('error', () => undefined)
        }
        body.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken)
      })
    },
  }
}
