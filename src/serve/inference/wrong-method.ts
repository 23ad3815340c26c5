import type { FastifyInstance, RouteOptions } from 'fastify'

interface Place {
  readonly pattern: RegExp
  readonly methods: Set<string>
}

/**
 * Answers a method that an address does not have by 405, with those that it has as `Allow`: of the routes that are added from now on.
 * An address that has none is left to the handler of 404.
 */
export function refuseWrongMethods(app: FastifyInstance): void {
  const places = new Map<string, Place>()
  app.addHook('onRoute', ({ method, url }: RouteOptions) => {
    const place = places.get(url) ?? { pattern: patternOf(url), methods: new Set() }
    for (const one of [method].flat()) place.methods.add(one)
    places.set(url, place)
  })
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done()
    const path = request.url.split('?')[0]!
    const allowed = [...places.values()]
      .filter(({ pattern }) => pattern.test(path))
      .flatMap(({ methods }) => [...methods])
    if (allowed.length === 0) return done()
    const allow = [...new Set(allowed)].sort().join(', ')
    reply.code(405).header('allow', allow)
    return void reply.send({ error: `${path.slice(0, 100)} answers ${allow}, not ${request.method}.` })
  })
}

function patternOf(url: string): RegExp {
  return new RegExp(`^${url.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}$`)
}
