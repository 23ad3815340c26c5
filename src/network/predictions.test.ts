import { expect, test } from 'vitest'
import { binaryCrossentropy, sparseCategoricalCrossentropy } from '../nn/losses/loss.ts'
import { outputKindOf, predictionsOf } from './predictions.ts'
import { fitTemperature } from './temperature.ts'

const logits = sparseCategoricalCrossentropy({ fromLogits: true })

test('all rows decide whether outputs are logits: the first row may add up to 1 by chance', () => {
  const outputs = Float32Array.of(0.25, 0.75, -1, 3)
  const asked = { outputs, labels: Int32Array.of(0, 1), classNames: ['a', 'b'] }
  const { probabilities } = predictionsOf({ ...asked, loss: logits })
  expect(probabilities[1]).toBeCloseTo(1 / (1 + Math.exp(-0.5)), 6)
  expect(probabilities[3]).toBeCloseTo(1 / (1 + Math.exp(-4)), 6)
  expect(predictionsOf({ ...asked, loss: null }).probabilities).toEqual(outputs)
})

test('a softmax under a loss that takes logits gives probabilities, which stay', () => {
  expect(outputKindOf(Float32Array.of(0.25, 0.75, 0.5, 0.5), 2, logits)).toBe('probabilities')
})

test('a single logit has probabilities, and with them a temperature; two separate ones have none', () => {
  const loss = binaryCrossentropy({ fromLogits: true })
  const xs = [4, 4, 4, -4, -4, -4]
  const outputs = Float32Array.from(xs.flatMap(x => [-x / 2, x / 2]))
  const labels = Int32Array.of(1, 1, 0, 0, 0, 1)
  const single = predictionsOf({ outputs, labels, classNames: ['no', 'yes'], loss })
  expect(single.probabilities[1]).toBeCloseTo(1 / (1 + Math.exp(-4)), 6)
  // Two of three are right: at the temperature T, sigmoid(4 / T) is 2 / 3.
  expect(fitTemperature(single)).toBeCloseTo(4 / Math.log(2), 4)
  expect(outputKindOf(Float32Array.of(-2, 1, 3, -3), 2, loss)).toBe('other')
})
