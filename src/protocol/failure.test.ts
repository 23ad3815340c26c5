import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { HeddleError, MissingError, UsageError } from '../base/errors.ts'
import { Interruption } from '../base/interruption.ts'
import { errorOf, failureOf } from './failure.ts'

test('an error is a value on its way to another process, and the same kind of error there', () => {
  for (const [kind, error] of [
    ['usage', new UsageError('No such option.')],
    ['missing', new MissingError('There is no run "x".')],
    ['failed', new HeddleError('The disk is full.')],
  ] as const) {
    const failure = failureOf(error)
    expect(failure).toEqual({ kind, message: error.message })
    const again = errorOf(JSON.parse(JSON.stringify(failure)))
    expect([again.constructor, again.message]).toEqual([error.constructor, error.message])
  }
})

test('what the system refuses has failed, in words; a defect keeps its place in the code', () => {
  const refused = (): unknown => {
    try {
      return readFileSync('/nothing/here')
    } catch (error) {
      return error
    }
  }
  expect(failureOf(refused())).toEqual({
    kind: 'failed',
    message: '/nothing/here cannot be used (open): there is no such file or folder (ENOENT). Check the name.',
  })
  const defect = new TypeError('x is undefined')
  expect(failureOf(defect)).toEqual({ kind: 'defect', message: 'x is undefined', stack: defect.stack })
  expect(errorOf(failureOf(defect))).not.toBeInstanceOf(HeddleError)
  expect(errorOf(failureOf(defect)).stack).toBe(defect.stack)
  expect(failureOf('text')).toEqual({ kind: 'defect', message: 'text' })
})

test('what was interrupted has failed for the process that waited', () => {
  const failure = failureOf(new Interruption())
  expect(failure).toEqual({ kind: 'interrupted', message: 'Interrupted.' })
  expect(errorOf(failure)).toEqual(new HeddleError('Interrupted.'))
})
