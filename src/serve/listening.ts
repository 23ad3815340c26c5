import { networkInterfaces } from 'node:os'
import type { FastifyInstance } from 'fastify'
import { HeddleError } from '../base/errors.ts'

/** What others can type: of all addresses, this machine's first that is not its own loop. */
export function addressOf(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host.includes(':') ? `[${host}]` : host
  const outer = Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)
  return outer?.address ?? '127.0.0.1'
}

/** Throws a `HeddleError` with what to do. `what`: how messages call the server, such as `studio`. */
export async function listen(
  app: Pick<FastifyInstance, 'listen'>,
  { host, port, what }: { readonly host: string; readonly port: number; readonly what: string },
): Promise<void> {
  try {
    await app.listen({ host, port, listenTextResolver: address => `listening at ${address}` })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') {
      throw new HeddleError(
        `Port ${port} is in use, perhaps by another ${what}. Choose another: --port ${port + 1}, or --port 0 for any free one.`,
      )
    }
    if (code === 'EACCES')
      throw new HeddleError(
        `Port ${port} needs rights that you do not have: name a port above 1023 with --port.`,
      )
    throw new HeddleError(`The ${what} cannot listen on ${host}, port ${port}: ${message}.`)
  }
}
