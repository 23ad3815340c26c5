import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { HeddleError, MissingError, UsageError } from '../../base/errors.ts'
import { Overloaded } from './overloaded.ts'
import { TooLarge } from './picture-inputs.ts'

/** Answers an error in words that a person can act on. A defect keeps its insides to the log. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const status = statusOf(error)
  if (error instanceof Overloaded) reply.header('retry-after', String(error.retryAfterSeconds))
  if (status >= 500 && !(error instanceof Overloaded)) request.log.error({ err: error }, 'request failed')
  reply.code(status).send({ error: status === 500 ? DEFECT : (words[error.code] ?? error.message) })
}

function statusOf(error: FastifyError): number {
  if (error instanceof MissingError) return 404
  if (error instanceof Overloaded) return 503
  if (error instanceof TooLarge) return 413
  if (error instanceof UsageError) return 400
  // The request is in order, and what it carries is not.
  if (error instanceof HeddleError) return 422
  return error.statusCode !== undefined && error.statusCode < 500 ? error.statusCode : 500
}

const DEFECT = 'This is a defect of the server. Its log has the details, under the id of this request.'

const words: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body of this request is larger than this server takes.',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body of this request is empty: send JSON.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body of this request is not JSON.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body of this request is not as long as its header says.',
  FST_ERR_MAX_PARAM_LENGTH: 'There is nothing here: a part of this address is longer than any name.',
}
