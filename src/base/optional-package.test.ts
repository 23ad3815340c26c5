import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { HeddleError } from './errors.ts'
import { optionalImport, optionalPackage } from './optional-package.ts'

const require = createRequire(import.meta.url)
const absent = '@heddle/never-published'

test('a missing package is named, with the commands that install it', async () => {
  const message =
    `This needs the package ${absent}, which is not installed. Install it with "npm install ${absent}", ` +
    'or everything that the command line and the studio need with "npm install @heddle/cli".'
  expect(() => optionalPackage(absent, () => require(absent))).toThrow(new HeddleError(message))
  const load = () => import(/* @vite-ignore */ absent)
  await expect(optionalImport(absent, load)).rejects.toThrow(new HeddleError(message))
})

test('other errors stay as they are', async () => {
  const own = new TypeError('of the package itself')
  const fail = () => {
    throw own
  }
  expect(() => optionalPackage(absent, fail)).toThrow(own)
  // A package that is there, but lacks one of its own.
  expect(() => optionalPackage('kysely', () => require(absent))).not.toThrow(HeddleError)
  await expect(optionalImport(absent, async () => fail())).rejects.toBe(own)
})

test('a package that is there is returned', () => {
  expect(optionalPackage('node:path', () => require('node:path'))).toBe(require('node:path'))
})
