import type { FastifyInstance } from 'fastify'
import { Guesses } from '../guesses.ts'
import { isOwnName } from '../own-name.ts'
import { sameAs } from '../same-secret.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers everyone who reaches the server: health, for what starts and watches it. */
    isOpen?: boolean
  }
}

export interface GateOptions {
  /** The name or address that the server was asked to listen on. */
  readonly host: string
  /** What clients send as `Authorization: Bearer …`; `null`: nothing, on an address that only this machine reaches. */
  readonly token: string | null
}

/** Lets in requests with the token. Without a token, it refuses those that come from a page of another site. */
export function gate(app: FastifyInstance, { host, token }: GateOptions): void {
  if (token === null) withoutToken(app, host)
  else withToken(app, token)
}

function withToken(app: FastifyInstance, token: string): void {
  const isToken = sameAs(token)
  const guesses = new Guesses()
  app.addHook('onRequest', (request, reply, done) => {
    const given = request.headers.authorization
    if (
      request.routeOptions.config.isOpen ||
      (given !== undefined && isToken(given.replace(/^Bearer /i, '')))
    )
      return done()
    // The token is looked at first: a flood of guesses keeps out no client that has it.
    if (guesses.areTooMany()) {
      reply.header('retry-after', String(guesses.waitSeconds()))
      return void reply.code(429).send({ error: 'Too many wrong tokens: wait a minute, then try again.' })
    }
    if (given !== undefined) guesses.add()
    reply.code(401).header('www-authenticate', 'Bearer')
    return void reply.send({
      error:
        given === undefined
          ? 'This server needs its token: send the header "Authorization: Bearer …".'
          : 'This token is not the one of this server.',
    })
  })
}

function withoutToken(app: FastifyInstance, host: string): void {
  // Clients send one name again and again.
  let [lastName, isLastOwn] = ['', false]
  const isOwn = (asked: string): boolean => {
    if (asked !== lastName) [lastName, isLastOwn] = [asked, isOwnName(asked, host)]
    return isLastOwn
  }
  app.addHook('onRequest', (request, reply, done) => {
    const { host: asked = '', origin, 'sec-fetch-site': site } = request.headers
    if (request.routeOptions.config.isOpen) return done()
    if (!isOwn(asked)) {
      return void reply.code(421).send({
        error: `This server refuses requests for the host name "${asked}". Ask it by the address that it printed.`,
      })
    }
    const isForeign = origin !== undefined && origin !== `${request.protocol}://${asked}`
    if (!isForeign && site !== 'cross-site') return done()
    return void reply.code(403).send({
      error: 'This request comes from a page of another site. Start the server with a token for that.',
    })
  })
}
