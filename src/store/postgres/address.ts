import { UsageError } from '../../base/errors.ts'
import { systemUser } from '../user.ts'

/** Where a PostgreSQL store is. */
export interface PostgresAddress {
  readonly user: string
  /** `undefined`: PGPASSWORD, or the file of passwords, has it. */
  readonly password: string | undefined
  readonly host: string
  readonly port: number
  readonly database: string
  /** The tables' schema. */
  readonly schema: string
  readonly encryption: 'none' | 'any certificate' | 'a known certificate'
  /** As it was given, with the password. */
  readonly text: string
  /** As messages name it: without the password. */
  readonly where: string
}

export const isPostgres = (address: string): boolean => /^postgres(ql)?:/i.test(address)

const DEFAULT_PORT = 5432
const SCHEMA = 'heddle'
const encryptions = {
  disable: 'none',
  require: 'any certificate',
  'verify-full': 'a known certificate',
} as const

/**
 * Reads an address such as `postgres://user@host/database`. Throws a `UsageError` that does not repeat the address, as a password may be
 * in it.
 */
export function parseAddress(text: string): PostgresAddress {
  const url = urlOf(text)
  const { searchParams: given } = url
  // A part of a password may have come here: it is not repeated.
  if ([...given.keys()].some(name => !parameters.includes(name as (typeof parameters)[number])))
    throw refused(`it has an unknown parameter; known are ${parameters.join(', ')}`)
  if (url.hash !== '' || /[:@/]/.test(url.pathname.slice(1)))
    throw refused('a password with "/", "?" or "#" must have them as %2F, %3F and %23')
  const user = decoded(url.username) || process.env.PGUSER || systemUser()
  const host =
    given.get('host') || decoded(url.hostname).replace(/^\[|\]$/g, '') || process.env.PGHOST || 'localhost'
  const port = Number(url.port || process.env.PGPORT || DEFAULT_PORT)
  const database = decoded(url.pathname.slice(1)) || process.env.PGDATABASE || user
  const schema = given.get('schema') ?? SCHEMA
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
    throw refused('its schema must be small letters, digits and "_", such as schema=heddle')
  const mode = given.get('sslmode') ?? 'disable'
  if (!Object.hasOwn(encryptions, mode))
    throw refused(`its sslmode must be one of ${Object.keys(encryptions).join(', ')}`)
  const name = `${host.includes(':') ? `[${host}]` : host}${port === DEFAULT_PORT ? '' : `:${port}`}`
  return {
    ...{ user, host, port, database, schema, text },
    password: decoded(url.password) || undefined,
    encryption: encryptions[mode as keyof typeof encryptions],
    where: `postgres://${user}@${name}/${database}${schema === SCHEMA ? '' : `?schema=${schema}`}`,
  }
}

const parameters = ['host', 'schema', 'sslmode'] as const

function urlOf(text: string): URL {
  try {
    return new URL(text)
  } catch {
    throw refused('it is no address')
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw refused('write "%" as %25 in it')
  }
}

const refused = (reason: string): UsageError =>
  new UsageError(
    `The address of the run store cannot be read: ${reason}. Write HEDDLE_STORE=postgres://user@host/database; special characters of a ` +
      'password are written as in web addresses, "@" as %40 and "/" as %2F, or set PGPASSWORD.',
  )
