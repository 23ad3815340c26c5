import type { FastifyInstance } from 'fastify'
import { docsPage } from './docs-page.ts'
import { openApiOf } from './openapi.ts'

const policy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** `GET /openapi.json` and `GET /docs`: what the routes that are added from now on take and give. Open without the token. */
export function docsRoutes(app: FastifyInstance, options: { readonly needsToken: boolean }): void {
  const document = openApiOf(app, options)
  const config = { isOpen: true }
  const tags = ['documentation']
  const json = {
    summary: 'This document',
    tags,
    response: { 200: { description: 'OpenAPI 3.1', type: 'object' } },
  }
  app.get('/openapi.json', { config, schema: json }, document)
  const html = { 'text/html': { schema: { type: 'string' } } }
  const page = {
    summary: 'The same as a page',
    tags,
    response: { 200: { description: 'A page', content: html } },
  }
  app.get('/docs', { config, schema: page }, ({ protocol, host }, reply) =>
    reply
      .header('content-security-policy', policy)
      .header('content-type', 'text/html; charset=utf-8')
      .send(docsPage(document(), `${protocol}://${host}`)),
  )
}
