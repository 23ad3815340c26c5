import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UsageError } from '../../base/errors.ts'
import { isPostgres, parseAddress } from './address.ts'

test('an address has user, host, port, database and schema; what is left out is PostgreSQL’s own', () => {
  expect(parseAddress('postgres://ada:p%40ss@db.lab:5433/runs?schema=team&sslmode=require')).toMatchObject({
    user: 'ada',
    password: 'p@ss',
    host: 'db.lab',
    port: 5433,
    database: 'runs',
    schema: 'team',
    encryption: 'any certificate',
    where: 'postgres://ada@db.lab:5433/runs?schema=team',
  })
  expect(parseAddress('postgresql://ada@localhost')).toMatchObject({
    port: 5432,
    database: 'ada',
    schema: 'heddle',
    password: undefined,
    where: 'postgres://ada@localhost/ada',
  })
  expect(parseAddress('postgres://ada@[::1]/runs')).toMatchObject({
    host: '::1',
    where: 'postgres://ada@[::1]/runs',
  })
  expect(parseAddress('postgres://ada@localhost/runs?host=/run/postgresql').host).toBe('/run/postgresql')
  expect(['postgres://a', 'PostgreSQL://a', './postgres', 'postgresfolder'].map(isPostgres)).toEqual([
    ...[true, true, false, false],
  ])
})

test.each([
  ['postgres://ada:secret@db/runs?sslmod=require', 'an unknown parameter; known are host, schema, sslmode'],
  ['postgres://ada:secret@db/runs?sslmode=maybe', 'its sslmode must be one of disable, require, verify-full'],
  ['postgres://ada:secret@db/runs?schema=A-b', 'its schema must be small letters'],
  ['postgres://ada:secret@d b/runs', 'it is no address'],
  ['postgres://ada:sec/ret@db/runs', 'it is no address'],
  ['postgres://ada/:sec@db/runs', 'a password with "/", "?" or "#" must have them as %2F, %3F and %23'],
  ['postgres://ada:sec#ret@db/runs', 'it is no address'],
  ['postgres://ada:sec%ret@db/runs', 'write "%" as %25 in it'],
])('%s is refused, and the message has no password', (address, message) => {
  const refused = (): unknown => parseAddress(address)
  expect(refused).toThrow(UsageError)
  expect(refused).toThrow(message)
  expect(refused).not.toThrow(/sec/)
})

test('any text is an address or refused in words that do not repeat it', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 3 }), (user, rest) => {
      try {
        expect(parseAddress(`postgres://${user}:Sesame1@${rest}`).where).not.toContain('Sesame1')
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError)
        expect((error as Error).message).not.toContain('Sesame1')
      }
    }),
  )
})
