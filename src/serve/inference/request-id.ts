import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

const ID = /^[\w.:~+/=-]{1,128}$/

/** The id that a client or a proxy gave a request, or a new one. */
export function requestIds(): (request: { readonly headers: IncomingHttpHeaders }) => string {
  const server = randomBytes(5).toString('hex')
  let count = 0
  return ({ headers }) => {
    const given = headers['x-request-id']
    return typeof given === 'string' && ID.test(given) ? given : `${server}-${(count++).toString(36)}`
  }
}
