import { describe, expect, test } from 'vitest'
import { UsageError } from '../spec/errors.ts'
import { categoricalCrossentropy, lossField, lossKindOf, sparseCategoricalCrossentropy } from './loss.ts'

const parse = (value: unknown) => lossField.parse(value, 'train: loss')

test('a name stands for its defaults; a spec comes back frozen', () => {
  expect(parse('categoricalCrossentropy')).toEqual({ kind: 'categoricalCrossentropy', fromLogits: false })
  expect(parse('sparseCategoricalCrossentropy')).toEqual(sparseCategoricalCrossentropy())
  const spec = parse(categoricalCrossentropy({ fromLogits: true }))
  expect(spec).toEqual({ kind: 'categoricalCrossentropy', fromLogits: true })
  expect(Object.isFrozen(spec)).toBe(true)
})

describe('which op computes it', () => {
  const losses = [categoricalCrossentropy, sparseCategoricalCrossentropy] as const

  test.each(losses)('logits, stated or under a softmax head, take the safe form', loss => {
    expect(lossKindOf(loss({ fromLogits: true }), false)).toBe('softmaxCrossEntropy')
    expect(lossKindOf(loss(), true)).toBe('softmaxCrossEntropy')
  })

  test.each(losses)('other heads take Keras’ form for probabilities', loss => {
    expect(lossKindOf(loss(), false)).toBe(loss().kind)
  })
})

test.each([
  [
    'sparse_categorical_crossentropy',
    "train: loss must be one of 'categoricalCrossentropy', 'sparseCategoricalCrossentropy', not " +
      '"sparse_categorical_crossentropy". Did you mean "sparseCategoricalCrossentropy"?',
  ],
  [
    { kind: 'mse' },
    "train: loss must be one of 'categoricalCrossentropy', 'sparseCategoricalCrossentropy', not \"mse\".",
  ],
  [
    { kind: 'categoricalCrossentropy', from_logits: true },
    'categoricalCrossentropy: unknown option "from_logits". Did you mean "fromLogits"? Its options are fromLogits.',
  ],
  [
    { kind: 'categoricalCrossentropy', fromLogits: 1 },
    'categoricalCrossentropy: fromLogits must be true or false, not 1.',
  ],
])('refuses %j', (value, message) => {
  expect(() => parse(value)).toThrow(UsageError)
  expect(() => parse(value)).toThrow(message)
})
