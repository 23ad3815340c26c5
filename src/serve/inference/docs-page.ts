import type { OpenApi, Operation } from './openapi.ts'

const escaped = (value: unknown): string =>
  String(value).replace(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`)

/** The document for people: a page that needs no scripts and nothing from other servers. */
export function docsPage({ info, paths }: OpenApi, origin: string): string {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  const tags = [...new Set(all.map(({ operation }) => operation.tags?.[0] ?? 'other'))]
  const sections = tags.map(tag => {
    const own = all.filter(({ operation }) => (operation.tags?.[0] ?? 'other') === tag)
    return `<h2>${escaped(tag)}</h2>${own.map(one => routeHtml(one, origin)).join('')}`
  })
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>${escaped(info.title)}: the routes of this server</title>
<style>${style}</style><main><h1>${escaped(info.title)} ${escaped(info.version)}</h1><p>${escaped(info.description)} The same as
<a href="/openapi.json">OpenAPI 3.1</a>.</p>${sections.join('')}</main></html>
`
}

const style = `body{font:1rem/1.5 system-ui,sans-serif;margin:0}main{max-width:52rem;margin:auto;padding:1.5rem 1rem}
details{border:1px solid #8886;border-radius:.4rem;margin:.5rem 0;padding:.4rem .8rem}summary{cursor:pointer}
pre{overflow-x:auto;background:#8882;padding:.6rem;border-radius:.3rem}code,pre{font:.875rem/1.4 ui-monospace,monospace}
h2{margin-top:2rem}h3{font-size:1rem;margin-bottom:0}`

interface Route {
  readonly path: string
  readonly method: string
  readonly operation: Operation
}

function routeHtml({ path, method, operation }: Route, origin: string): string {
  const { summary = '', parameters, requestBody, responses } = operation
  const parts = [
    heading('Ask it', pre(curl({ path, method, operation }, origin))),
    parameters.length > 0 && heading('Parameters', pre(json(parameters))),
    requestBody && heading('Body', pre(json(requestBody.content))),
    heading('Answers', pre(json(responses))),
  ]
  return `<details><summary><code>${method} ${escaped(path)}</code> ${escaped(summary)}</summary>${parts.filter(Boolean).join('')}</details>`
}

const heading = (title: string, html: string): string => `<h3>${title}</h3>${html}`
const pre = (text: string): string => `<pre tabindex="0">${escaped(text)}</pre>`
const json = (value: unknown): string => JSON.stringify(value, null, 2)

/** A command for a terminal: it sends a picture where the route takes one, else JSON. */
function curl({ path, method, operation }: Route, origin: string): string {
  const types = Object.keys((operation.requestBody?.content ?? {}) as object)
  const address = `${origin}${path.replace(/[{}]/g, '')}`
  if (types.includes('image/png'))
    return `curl --data-binary @picture.png -H 'content-type: image/png' ${address}`
  if (types.length > 0) return `curl -H 'content-type: application/json' -d @request.json ${address}`
  return `curl ${method === 'GET' ? '' : `-X ${method} `}${address}`
}
