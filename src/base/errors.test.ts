import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { didYouMean, HeddleError, MissingError, UsageError, within } from './errors.ts'

describe('didYouMean', () => {
  const candidates = ['filters', 'kernelSize', 'strides', 'padding', 'relu']

  test.each([
    ['filter', 'filters'],
    ['fliters', 'filters'],
    ['kernelsize', 'kernelSize'],
    ['kernel_size', 'kernelSize'],
    ['stride', 'strides'],
    ['rleu', 'relu'],
  ])('"%s" was meant as "%s"', (word, meant) => {
    expect(didYouMean(word, candidates)).toBe(` Did you mean "${meant}"?`)
  })

  test.each(['momentum', 'softmax', 'xyz', 'q', ''])('nothing is close to "%s"', word => {
    expect(didYouMean(word, [...candidates, ';', 'no'])).toBe('')
  })

  test('the closest of several wins', () => {
    expect(didYouMean('valAccurac', ['accuracy', 'valAccuracy', 'valLoss'])).toBe(
      ' Did you mean "valAccuracy"?',
    )
  })

  test('without candidates there is nothing to say', () => {
    expect(didYouMean('units', [])).toBe('')
  })

  test('a single typo of any kind in a word of four letters or more is found', () => {
    const edits = fc.constantFrom('drop', 'swap', 'replace', 'insert')
    const typo = fc.tuple(fc.constantFrom(...candidates), edits, fc.nat(), fc.constantFrom('q', 'z'))
    fc.assert(
      fc.property(typo, ([word, edit, position, letter]) => {
        const i = position % (word.length - 1)
        const rest = { drop: 1, swap: 2, replace: 1, insert: 0 }[edit]
        const put = { drop: '', swap: word[i + 1]! + word[i]!, replace: letter, insert: letter }[edit]
        const wrong = word.slice(0, i) + put + word.slice(i + rest)
        expect(didYouMean(wrong, candidates)).toBe(` Did you mean "${word}"?`)
      }),
    )
  })
})

test('a usage error is a Heddle error, and both carry their name', () => {
  const error = new UsageError('no')
  expect(error).toBeInstanceOf(HeddleError)
  expect(`${error}`).toBe('UsageError: no')
  expect(`${new HeddleError('no')}`).toBe('HeddleError: no')
})

test('within: the place stands before the message, and the kind of the error stays', () => {
  const missing = new MissingError('There is no run "x".')
  const asked = (): never => within('studio', () => fail(missing))
  expect(asked).toThrow(MissingError)
  expect(asked).toThrow('studio: There is no run "x".')
  expect(missing.message).toBe('There is no run "x".')
  // What is no message for a person stays what it is.
  const defect = new TypeError('x is undefined')
  expect(() => within('studio', () => fail(defect))).toThrow(defect)
  expect(within('studio', () => 7)).toBe(7)
})

function fail(error: Error): never {
  throw error
}
