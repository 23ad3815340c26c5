import { HeddleError } from '../../base/errors.ts'
import type { PostgresAddress } from './address.ts'

/** What pg throws: the database's code, or the operating system's. */
interface PostgresError {
  readonly code?: string
  readonly message: string
  /** A host with several addresses has several. */
  readonly errors?: readonly PostgresError[]
}

/** The server of a store does not answer: it may be there in a moment. */
export class UnreachableStore extends HeddleError {
  override name = 'UnreachableStore'
}

/** The connection is lost, or the server starts, stops or has given its place to another one: the same may succeed in a moment. */
export function isLost(error: unknown): boolean {
  const { code = '', message } = known(error)
  return (
    /^(08...|57P0[1235]|25P03|25006|53300)$/.test(code) ||
    /^(ECONN(RESET|REFUSED|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN)$/.test(code) ||
    /connection terminated|connection error|timeout exceeded|query read timeout|not queryable/i.test(message)
  )
}

/** Another transaction was in the way. 23503: a file that was about to be named has been swept. */
export function isConflict(error: unknown): boolean {
  return /^(40001|40P01|55P03|57014|23503)$/.test(known(error).code ?? '')
}

/** Whether the server is there, and is about to answer. */
export function isStarting(error: unknown): boolean {
  return /^57P0[123]$/.test(known(error).code ?? '')
}

function known(error: unknown): PostgresError {
  const own = error as PostgresError
  return own.code === undefined && own.errors?.[0] ? own.errors[0] : own
}

type Reason = (address: PostgresAddress) => string

const reasons: Readonly<Record<string, Reason>> = {
  ENOTFOUND: ({ host }) => `the host ${host} is unknown. Check the address in HEDDLE_STORE`,
  EAI_AGAIN: ({ host }) =>
    `the name of the host ${host} cannot be looked up now. Check the network, then try again`,
  ECONNREFUSED: ({ host, port }) =>
    `no server answers at ${host}, port ${port}. Is it running, and is the port right? It must also listen for other machines (listen_addresses)`,
  ENOENT: ({ host, port }) =>
    `there is no socket of a server in ${host} for the port ${port}. Is it running?`,
  '28P01': wrongPassword,
  '28000': ({ user, database }) =>
    `the server does not let the user "${user}" into the database "${database}". Check the user, or ask for a line in its pg_hba.conf; if it wants an ` +
    'encrypted connection, add ?sslmode=require to the address',
  '3D000': ({ database }) =>
    `the server has no database "${database}". Make it with: createdb ${database}, or name another one in HEDDLE_STORE`,
  '42501': ({ user, database }) =>
    `the user "${user}" is not allowed to do this in the database "${database}". Grant the rights: the schema of the store belongs to the user that made it`,
  '25006': () =>
    'the server can only be read: it is a standby, or has become one. Name the primary server in HEDDLE_STORE',
  '53100': () => 'the disk of the server is full. The store keeps what it had; make room and try again',
  '53200': () => 'the server has not enough memory. Try again later',
  '53300': () =>
    'the server has too many connections. Raise max_connections there, or start fewer workers: each has up to 3',
  '22021': () => 'a text has a NUL character, which PostgreSQL does not keep. Take it out',
}

function wrongPassword({ user, password }: PostgresAddress): string {
  return password === undefined && process.env.PGPASSWORD === undefined
    ? `the server wants a password of the user "${user}". Set PGPASSWORD, or write it into ~/.pgpass`
    : `the password of the user "${user}" is wrong`
}

/** The database's error in the words of a `HeddleError`, without the password. */
export function inWords(error: unknown, address: PostgresAddress): Error {
  if (error instanceof HeddleError) return error
  const { code = '', message } = known(error)
  const text = withoutPassword(message || code, address)
  const cause = Object.assign(new Error(text), { code })
  const name = `The run store ${address.where}`
  // A password that is missing is no error of the database.
  const reason = /^SASL.*password must be/.test(message) ? wrongPassword : reasons[code]
  // A standby that can only be read stays one.
  const Kind = isLost(error) && code !== '25006' ? UnreachableStore : HeddleError
  if (reason) return new Kind(`${name}: ${reason(address)}. (${text})`, { cause })
  if (isLost(error))
    return new Kind(
      `${name} cannot be reached: the connection was lost, and a new one did not come about. Is the server running? (${text})`,
      { cause },
    )
  if (isConflict(error))
    return new HeddleError(
      `${name} is busy: other processes were in the way again and again. Try again. (${text})`,
      {
        cause,
      },
    )
  return new HeddleError(`${name} refuses: ${text}.`, { cause })
}

function withoutPassword(text: string, { password }: PostgresAddress): string {
  const secrets = [password, process.env.PGPASSWORD].filter(secret => secret !== undefined && secret !== '')
  return secrets.reduce((shown: string, secret) => shown.replaceAll(secret!, '***'), text)
}
