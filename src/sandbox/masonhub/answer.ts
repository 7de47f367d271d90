/** The answer of a route; the middleware decides what of it reaches the caller. */
export type Answer = {
  status: number
  /** Sent as JSON, unless it is bytes. */
  body: unknown
  contentType?: string
  headers?: Readonly<Record<string, string>>
  /** Milliseconds that the work itself takes. */
  workMs?: number
}

export const ok = (body: unknown, status = 200): Answer => ({ status, body })
export const failed = (status: number, message: string): Answer => ({ status, body: { message } })

/** MasonHub's own words, their spelling included (masonhub.md §2.4, §8). */
export const badToken = () => failed(401, 'The access token provided is missing or invlid.')
export const badSignature = () => failed(403, "Your request was not signed or the signature didn't match our records.")
export const badParameters = () => failed(400, 'One or more parameters were bad.')
export const notFound = () => failed(404, 'The record or records you are looking for could not be found.')
export const wrongMethod = () => failed(405, 'This method is not allowed here.')
export const serverError = () =>
  failed(500, 'Something went wrong. Our engineers were told; if it stays, write to support@masonhub.co')

/** The answer to a browser without a session, and to a wrong slug (masonhub.md §2.4). */
export const toLogin = (): Answer => ({
  status: 302,
  body: Buffer.from('<a href="/login">Found</a>.\n\n'),
  contentType: 'text/html; charset=utf-8',
  headers: { location: '/login' },
})
