import type {
  FastifyBaseLogger,
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchemaCompiler,
  FastifyTypeProvider,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import { HeddleError, MissingError, UsageError } from '../base/errors.ts'
import { type Fields, parseOptions, type Values } from '../base/schema.ts'
import { visible } from '../base/visible.ts'

/** Answers an error in words that a person can act on; a defect keeps its insides to the terminal. */
export function refuse(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const answer = (status: number, words: string): void => void reply.code(status).send({ error: words })
  if (error instanceof MissingError) answer(404, error.message)
  else if (error instanceof UsageError) answer(400, error.message)
  else if (error instanceof HeddleError) answer(409, error.message)
  else if (error.statusCode !== undefined && error.statusCode < 500)
    answer(error.statusCode, words[error.code] ?? error.message)
  else {
    process.stderr.write(`${visible(String(error.stack))}\n`)
    answer(500, 'This is a defect of Heddle. The terminal in which the studio runs shows its details.')
  }
}

const words: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'This request is too large: the studio takes at most 1 MB.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The studio takes JSON only (content-type: application/json).',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body of this request is empty: send JSON.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body of this request is not JSON.',
  FST_ERR_MAX_PARAM_LENGTH: 'There is nothing here: a part of this address is longer than any name.',
}

interface ByFields extends FastifyTypeProvider {
  readonly validator: this['schema'] extends Fields ? Values<this['schema']> : unknown
}

/** Where routes are added: the types of a request follow from the fields that check it. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ByFields
>

/** Checks a part of a request by the fields of its route. An address may have more parts than a route asks for. */
export const checkByFields: FastifySchemaCompiler<Fields> =
  ({ schema, httpPart }) =>
  (given: Readonly<Record<string, unknown>>) => {
    const known = Object.entries(given).filter(([name]) => Object.hasOwn(schema, name))
    try {
      const asked = httpPart === 'body' ? given : Object.fromEntries(known)
      return { value: parseOptions('The request', schema, asked) }
    } catch (error) {
      return { error: error as Error }
    }
  }
