import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Guesses } from './guesses.ts'
import { cookieOf } from './key.ts'
import { isOwnName } from './own-name.ts'
import { sameAs } from './same-secret.ts'
import { signedIn, signInPage } from './sign-in.ts'

export interface GuardOptions {
  /** The name or address that the server was asked to listen on. */
  readonly host: string
  /** Random: what the printed address carries. See `studioKey`. */
  readonly key: string
  /** What the user chose besides; `null`: nothing. */
  readonly token: string | null
}

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
  // Both isolate the page: only there may threads share WebAssembly's memory.
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/**
 * Refuses what does not come from the studio's own page: a name that was bent to this machine (DNS rebinding), another
 * site's requests, and everybody who does not have the key: other users of this machine reach its addresses too.
 */
export function guard(app: FastifyInstance, { host, key, token }: GuardOptions): void {
  const cookie = cookieOf(key, token)
  const [isCookie, isKeyText] = [sameAs(cookie), sameAs(key)]
  const isToken = token === null ? () => false : sameAs(token)
  const guesses = new Guesses()
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers)
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store')
    const { host: asked = '', origin, 'content-encoding': encoding } = request.headers
    if (!isOwnName(asked, host)) {
      return refuse(
        reply,
        421,
        `The studio refuses requests for the host name "${asked}". Open the address that it printed.`,
      )
    }
    const named = credentialOf(request)
    const isCross = request.headers['sec-fetch-site'] === 'cross-site'
    const isForeign = origin !== undefined && origin !== `http://${asked}`
    // The file that opens the browser is a page of its own, and so is whatever shows the terminal in a browser.
    const isSignIn =
      named !== null && request.method === 'GET' && request.headers['sec-fetch-dest'] === 'document'
    if (isForeign || (isCross && !isSignIn)) {
      return refuse(
        reply,
        403,
        'The studio answers to its own pages only, and this request came from another site.',
      )
    }
    if (encoding !== undefined && encoding !== 'identity') {
      return refuse(reply, 415, 'The studio does not take compressed bodies: send the body uncompressed.')
    }
    const cookieName = `heddle-${request.socket.localPort}`
    if (named === null) {
      if (isCookie(cookieIn(request, cookieName))) return
      return signIn(
        request,
        reply,
        401,
        'Sign in first: open the address with ?token=… that "heddle studio" printed.',
      )
    }
    // The key is never guessed, so that a flood of guesses keeps no owner out.
    const isKey = isKeyText(named.text)
    if (!isKey && guesses.areTooMany()) {
      reply.header('retry-after', String(guesses.waitSeconds()))
      return signIn(request, reply, 429, 'Too many wrong tokens: wait a minute, then try again.')
    }
    if (!isKey && !isToken(named.text)) {
      guesses.add()
      return signIn(
        request,
        reply,
        401,
        'This token is not the one of this studio: open the address that it printed.',
      )
    }
    if (named.by === 'header') return
    reply.header('set-cookie', `${cookieName}=${cookie}; HttpOnly; SameSite=Strict; Path=/`)
    if (isForPerson(request)) return page(reply, 200, signedIn(pathWithoutToken(request.url)))
  })
}

function refuse(reply: FastifyReply, status: number, error: string): FastifyReply {
  return reply.code(status).send({ error })
}

/** To a person a page with a field for the token, to a program words. */
function signIn(request: FastifyRequest, reply: FastifyReply, status: number, error: string): FastifyReply {
  return isForPerson(request) ? page(reply, status, signInPage(error)) : refuse(reply, status, error)
}

function isForPerson({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true
}

function page(reply: FastifyReply, status: number, html: string): FastifyReply {
  return reply
    .code(status)
    .header('content-security-policy', "default-src 'none'; form-action 'self'; frame-ancestors 'none'")
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(html)
}

/** `Authorization: Bearer …` of a program, or the `?token=…` of the address; `null`: neither. */
function credentialOf({
  headers,
  query,
}: FastifyRequest): { readonly text: string; readonly by: 'header' | 'address' } | null {
  const bearer = headers.authorization
  if (bearer !== undefined) return { text: bearer.replace(/^Bearer /, ''), by: 'header' }
  const { token } = query as { token?: unknown }
  return token === undefined ? null : { text: String(token), by: 'address' }
}

function cookieIn({ headers }: FastifyRequest, name: string): string {
  const found = headers.cookie?.split(/;\s*/).find(part => part.startsWith(`${name}=`))
  return found?.slice(name.length + 1) ?? ''
}

function pathWithoutToken(url: string): string {
  const { pathname, searchParams } = new URL(`http://studio/${url}`)
  searchParams.delete('token')
  const query = searchParams.toString()
  // Two slashes at the start would name another machine.
  return pathname.replace(/^[/\\]+/, '/') + (query && `?${query}`)
}
