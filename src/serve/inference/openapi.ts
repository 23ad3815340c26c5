import type { FastifyInstance, RouteOptions } from 'fastify'
import { ownVersion } from '../../base/version.ts'

type Json = Readonly<Record<string, unknown>>

/** What a route says of itself, in JSON schema. A body or an answer of several types of content has them under `content`. */
export interface RouteSchema {
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly params?: ObjectSchema
  readonly headers?: ObjectSchema
  readonly body?: Json
  readonly response?: Readonly<Record<string, object>>
}

interface ObjectSchema {
  readonly type?: string
  readonly properties: Readonly<Record<string, object>>
  readonly required?: readonly string[]
}

export interface OpenApi {
  readonly openapi: string
  readonly info: Json
  readonly security: readonly Json[]
  readonly components: Json
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

export interface Operation {
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly parameters: readonly Json[]
  readonly requestBody?: Json
  readonly responses: Json
}

/**
 * Describes the routes that are added to the server from now on, as OpenAPI 3.1. Call the result when all are there.
 */
export function openApiOf(
  app: FastifyInstance,
  { needsToken }: { readonly needsToken: boolean },
): () => OpenApi {
  const paths: Record<string, Record<string, Operation>> = {}
  app.addHook('onRoute', ({ method, url, schema, config }: RouteOptions) => {
    if (schema === undefined || typeof method !== 'string' || method === 'HEAD') return
    const path = url.replace(/:(\w+)/g, '{$1}')
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: {
        ...operationOf(schema as RouteSchema),
        ...(config?.isOpen && { security: [] }),
      },
    }
  })
  return () => ({
    openapi: '3.1.0',
    info: { title: 'Heddle', version: ownVersion(), description: 'Image classifiers, asked over HTTP.' },
    security: needsToken ? [{ token: [] }] : [],
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    paths,
  })
}

function operationOf({ summary, tags, params, headers, body, response = {} }: RouteSchema): Operation {
  const answers = Object.entries(response).map(([status, schema]) => [status, answerOf(schema as Json)])
  return {
    ...(summary !== undefined && { summary }),
    ...(tags && { tags }),
    parameters: [...parametersIn('path', params), ...parametersIn('header', headers)],
    ...(body && { requestBody: { required: body.required !== false, content: contentOf(body) } }),
    responses: Object.fromEntries(answers),
  }
}

function parametersIn(place: 'path' | 'header', schema: ObjectSchema | undefined): readonly Json[] {
  return Object.entries(schema?.properties ?? {}).map(([name, one]) => ({
    name,
    in: place,
    required: place === 'path' || (schema?.required ?? []).includes(name),
    schema: one,
  }))
}

function answerOf({ description, ...schema }: Json): Json {
  return { description: description ?? 'The answer', content: contentOf(schema) }
}

function contentOf(schema: Json): unknown {
  return schema.content ?? { 'application/json': { schema } }
}
