import { describe, expect, test } from 'vitest'
import { UsageError } from '../../base/errors.ts'
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  losses,
  lossKindOf,
  meanSquaredError,
  sparseCategoricalCrossentropy,
} from './loss.ts'

const parse = (value: unknown) => losses.field.parse(value, 'train: loss')

test('a name stands for its defaults; a spec comes back frozen', () => {
  expect(parse('categoricalCrossentropy')).toEqual({
    kind: 'categoricalCrossentropy',
    fromLogits: false,
    semantics: 'shortcut',
    labelSmoothing: 0,
  })
  expect(parse('binaryCrossentropy')).toEqual(binaryCrossentropy())
  expect(parse('meanSquaredError')).toEqual({ kind: 'meanSquaredError' })
  expect(parse('sparseCategoricalCrossentropy')).toEqual(sparseCategoricalCrossentropy())
  const spec = parse(categoricalCrossentropy({ fromLogits: true }))
  expect(spec).toEqual(categoricalCrossentropy({ fromLogits: true }))
  expect(Object.isFrozen(spec)).toBe(true)
})

describe('which op computes it', () => {
  const losses = [categoricalCrossentropy, sparseCategoricalCrossentropy] as const

  test.each(losses)('logits, stated or found under the head, take the safe form', loss => {
    expect(lossKindOf(loss({ fromLogits: true }), false)).toBe('softmaxCrossEntropy')
    expect(lossKindOf(loss(), true)).toBe('softmaxCrossEntropy')
  })

  test.each(losses)('other heads take Keras’ form for probabilities', loss => {
    expect(lossKindOf(loss(), false)).toBe(loss().kind)
  })

  test('binary cross-entropy has a safe form of its own; the squared error has none', () => {
    expect(lossKindOf(binaryCrossentropy(), true)).toBe('sigmoidCrossEntropy')
    expect(lossKindOf(binaryCrossentropy({ fromLogits: true }), false)).toBe('sigmoidCrossEntropy')
    expect(lossKindOf(binaryCrossentropy(), false)).toBe('binaryCrossentropy')
    expect(lossKindOf(meanSquaredError(), true)).toBe('meanSquaredError')
  })
})

test.each([
  [
    'sparse_categorical_crossentropy',
    'train: loss: "sparse_categorical_crossentropy" is not a loss. Did you mean "sparseCategoricalCrossentropy"? ' +
      'Losses are sparseCategoricalCrossentropy, categoricalCrossentropy, binaryCrossentropy, meanSquaredError.',
  ],
  [
    { kind: 'mse' },
    `train: loss: {"kind":"mse"} is not a loss. Heddle calls it 'meanSquaredError'. Losses are sparseCategoricalCrossentropy, categoricalCrossentropy, binaryCrossentropy, meanSquaredError.`,
  ],
  [
    { kind: 'categoricalCrossentropy', from_logits: true },
    'categoricalCrossentropy: unknown option "from_logits". Did you mean "fromLogits"? Its options are fromLogits, semantics, labelSmoothing.',
  ],
  [
    { kind: 'categoricalCrossentropy', fromLogits: 1 },
    'categoricalCrossentropy: fromLogits must be true or false, not 1.',
  ],
  [
    { kind: 'binaryCrossentropy', semantics: 'plain' },
    "binaryCrossentropy: semantics must be one of 'shortcut', 'literal', not \"plain\".",
  ],
  [
    { kind: 'categoricalCrossentropy', labelSmoothing: 1 },
    'categoricalCrossentropy: labelSmoothing must be a number of at least 0 and below 1, not 1.',
  ],
  [
    { kind: 'binaryCrossentropy', labelSmoothing: 0.1 },
    'binaryCrossentropy: unknown option "labelSmoothing". sparseCategoricalCrossentropy and categoricalCrossentropy have labelSmoothing. Its options are',
  ],
  [
    { kind: 'meanSquaredError', fromLogits: true },
    'meanSquaredError: unknown option "fromLogits". It takes no options.',
  ],
])('refuses %j', (value, message) => {
  expect(() => parse(value)).toThrow(UsageError)
  expect(() => parse(value)).toThrow(message)
})
