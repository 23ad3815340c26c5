import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { HeddleError, MissingError, UsageError } from '../base/errors.ts'
import { visible } from '../base/visible.ts'

/** Answers an error in words that a person can act on; a defect keeps its insides to the terminal. */
export function refuse(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const answer = (status: number, words: string): void => void reply.code(status).send({ error: words })
  if (error instanceof MissingError) answer(404, error.message)
  else if (error instanceof UsageError) answer(400, error.message)
  else if (error instanceof HeddleError) answer(409, error.message)
  else if (error.validation) answer(400, wordsOfSchema(error))
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

type Failure = NonNullable<FastifyError['validation']>[number]

const units: Readonly<Record<string, string>> = { array: 'entries', object: 'entries', string: 'letters' }

/** What a schema found, with the schema's own `description` where it has one. */
function wordsOfSchema({ validation }: FastifyError): string {
  const [failure] = validation as [Failure & { parentSchema?: { type?: string; description?: string } }]
  const { keyword, instancePath, params, parentSchema } = failure
  const { limit, missingProperty, additionalProperty, type, allowedValues } = params as Record<
    string,
    unknown
  >
  const path = instancePath.slice(1).replaceAll('/', '.')
  if (keyword === 'required') return `"${path ? `${path}.` : ''}${missingProperty}" is missing.`
  if (keyword === 'additionalProperties')
    return `There is no option "${path ? `${path}.` : ''}${additionalProperty}".`
  const name = path === '' ? 'The body' : `"${path}"`
  if (parentSchema?.description) return `${name} must be ${parentSchema.description}.`
  const unit = units[parentSchema?.type ?? ''] ?? 'entries'
  if (/^max(Length|Items)$/.test(keyword)) return `${name} must have at most ${limit} ${unit}.`
  if (/^min(Length|Items)$/.test(keyword)) return `${name} must have at least ${limit} ${unit}.`
  if (keyword === 'minimum') return `${name} must be at least ${limit}.`
  if (keyword === 'maximum') return `${name} must be at most ${limit}.`
  if (keyword === 'type') return `${name} must be ${typeNames[String(type)] ?? type}.`
  if (keyword === 'enum') return `${name} must be one of: ${(allowedValues as unknown[]).join(', ')}.`
  return `${name} is not in the form that is expected.`
}

const typeNames: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  object: 'an object',
  string: 'text',
}
