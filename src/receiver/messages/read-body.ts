import type { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

export type BodyReader = {
  /**
   * Reads the whole body. Rejects with a `statusCode`: 413 too large, 503 too much is held already, 400 it broke off.
   */
  read(body: Readable, reply: FastifyReply, merchant: string): Promise<Buffer>
}

/** The largest share of `bodiesBytes` that the senders of one endpoint can take. */
const shareOfOne = 1 / 4

/**
 * Reads bodies within a limit on the bytes held at once, from a body's first byte until its answer is sent: hundreds of
 * senders that each stay below the limit of one body must not exhaust the memory (H1, F52).
 */
export function createBodyReader({ bodyBytes, bodiesBytes }: { bodyBytes: number; bodiesBytes: number }): BodyReader {
  const held = new Map<string, number>()
  const total = () => held.values().reduce((sum, bytes) => sum + bytes, 0)

  /** Whether this many more bytes may be held; if so, they are counted. */
  function take(merchant: string, bytes: number): boolean {
    const own = (held.get(merchant) ?? 0) + bytes
    if (own > Math.max(bodyBytes, bodiesBytes * shareOfOne) || total() + bytes > bodiesBytes) return false
    held.set(merchant, own)
    return true
  }

  function giveBack(merchant: string, bytes: number): void {
    const bytesHeld = (held.get(merchant) ?? 0) - bytes
    if (bytesHeld > 0) held.set(merchant, bytesHeld)
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
          // A later error of this stream no longer matters.
          body.on('error', () => undefined)
        }
        body.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken)
      })
    },
  }
}
