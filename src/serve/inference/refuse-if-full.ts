import type { FastifyRequest, onRequestHookHandler } from 'fastify'
import { OVERLOADED, retrySeconds } from './overloaded.ts'
import type { ServedModel } from './served-model.ts'

/** Clients that ask again at once would take the time of those that are answered: their refusal waits a moment. */
const REFUSAL_MS = 100

/** Refuses a request for the model that it asks before its body is read: in overload, refusing must cost little. */
export function refuseIfFull(asked: (request: FastifyRequest) => ServedModel): onRequestHookHandler {
  return (request, reply, done) => {
    let seconds: number | null
    try {
      seconds = asked(request).fullFor
    } catch (error) {
      return done(error as Error)
    }
    if (seconds === null) return done()
    reply.code(503).header('retry-after', String(retrySeconds(seconds)))
    return void setTimeout(() => reply.send({ error: OVERLOADED }), REFUSAL_MS)
  }
}
