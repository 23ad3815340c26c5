import { isIP } from 'node:net'
import { hostname } from 'node:os'

/**
 * Whether the `Host` of a request is a name of this machine. A page that was tricked into another address (DNS rebinding) still sends
 * its own name; numbers and this machine's names cannot be bent. `host`: what the server was asked to listen on.
 */
export function isOwnName(asked: string, host: string): boolean {
  const name = asked.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  if (name === host || name === 'localhost' || name === hostname()) return true
  return isLoopback(host) ? name === '127.0.0.1' || name === '::1' : isIP(name) !== 0
}

/** Whether only this machine reaches a server on that address. */
export function isLoopback(host: string): boolean {
  return host === '127.0.0.1' || host === '::1' || host === 'localhost'
}
