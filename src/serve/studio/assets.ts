import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { HeddleError } from '../../base/errors.ts'
import { ownFile } from '../../base/own-file.ts'

/** What vite has built. */
const FOLDER = ownFile('build/studio')
/** The engines of the pages that predict, where they were built; without them they ask the server. A file that you name is for one thread. */
const ENGINES = process.env.HEDDLE_WASM
  ? [['/heddle.wasm', process.env.HEDDLE_WASM]]
  : ['heddle.wasm', 'threads.wasm'].map(name => [`/${name}`, ownFile(`build/${name}`)])

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

/**
 * Serves the app: the files that are there at the start, each by its own path, so that no path a client writes ever
 * reaches the disk. Every other page address is the app's, which shows what is there.
 */
export function assets(app: FastifyInstance): void {
  const page = read(join(FOLDER, 'index.html'))
  if (!page)
    throw new HeddleError(
      'The studio is not built yet: run "node scripts/setup.mjs" in the folder of Heddle.',
    )
  const files = readdirSync(join(FOLDER, 'assets')).map(name => [
    `/assets/${name}`,
    join(FOLDER, 'assets', name),
  ])
  for (const [path, file] of [...files, ...ENGINES] as [string, string][]) {
    const bytes = read(file)
    const type = types[extname(file)]
    if (!bytes || !type) continue
    const packed = gzipSync(bytes)
    app.get(path, (request, reply) => {
      // The name of an asset changes with its content.
      if (path.startsWith('/assets/')) reply.header('cache-control', 'public, max-age=31536000, immutable')
      reply.header('content-type', type).header('vary', 'accept-encoding')
      if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(bytes)
      return reply.header('content-encoding', 'gzip').send(packed)
    })
  }
  app.setNotFoundHandler((request, reply) => {
    const isPage = request.method === 'GET' && !/^\/(api|assets)\/|\.\w+$/.test(request.url.split('?')[0]!)
    if (!isPage) return reply.code(404).send({ error: `There is no ${request.method} ${request.url}.` })
    return reply.header('content-type', types['.html']).header('cache-control', 'no-cache').send(page)
  })
}

function read(path: string): Buffer | null {
  try {
    return readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
