import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

export interface GuardOptions {
  /** The name or address that the server was asked to listen on. */
  readonly host: string
  /** What a client has to know; `null`: only this machine can connect. */
  readonly token: string | null
}

const COOKIE = 'heddle-token'

const policy = [
  "default-src 'none'",
  // WebAssembly is compiled by the page; no text ever becomes code.
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const headers = {
  'content-security-policy': policy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/**
 * Refuses what does not come from the studio's own page: a name that was bent to this machine (DNS rebinding), another
 * site's requests, and, where others can reach the server, whoever does not know the token.
 */
export function guard(app: FastifyInstance, { host, token }: GuardOptions): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers)
    const { host: asked = '', origin, 'content-encoding': encoding } = request.headers
    if (!isOwnName(asked, host)) {
      return refuse(
        reply,
        421,
        `The studio does not answer to the name "${asked}". Open it by the address that it printed.`,
      )
    }
    const isForeign = origin !== undefined && origin !== `http://${asked}`
    if (isForeign || request.headers['sec-fetch-site'] === 'cross-site') {
      return refuse(
        reply,
        403,
        'The studio answers to its own pages only, and this request came from another site.',
      )
    }
    if (encoding !== undefined && encoding !== 'identity') {
      return refuse(reply, 415, 'The studio takes no compressed bodies: send it as it is.')
    }
    if (token !== null && !knows(request, reply, token)) {
      return refuse(
        reply,
        401,
        'The studio asks for its token: open the address with ?token=… that it printed.',
      )
    }
  })
}

function refuse(reply: FastifyReply, status: number, error: string): FastifyReply {
  return reply.code(status).send({ error })
}

/** A page that was tricked into another address still sends its own name; numbers and this machine's names cannot be bent. */
function isOwnName(asked: string, host: string): boolean {
  const name = asked.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  if (name === host || name === 'localhost' || name === hostname()) return true
  const isLoopback = host === '127.0.0.1' || host === '::1'
  return isLoopback ? name === '127.0.0.1' || name === '::1' : isIP(name) !== 0
}

/** The token as `Authorization: Bearer …`, as the cookie, or once as `?token=…`, which sets the cookie. */
function knows(request: FastifyRequest, reply: FastifyReply, token: string): boolean {
  const cookie = request.headers.cookie
    ?.split(/;\s*/)
    .find(part => part.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1)
  const bearer = request.headers.authorization?.replace(/^Bearer /, '')
  if ([cookie, bearer].some(given => given !== undefined && isSame(given, token))) return true
  const { token: named } = request.query as { token?: unknown }
  if (typeof named !== 'string' || !isSame(named, token)) return false
  reply.header('set-cookie', `${COOKIE}=${token}; HttpOnly; SameSite=Strict; Path=/`)
  return true
}

/** Takes as long whatever the difference. */
function isSame(given: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}
