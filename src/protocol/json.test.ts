import { expect, test } from 'vitest'
import { fromJson, toJson } from './json.ts'

test('numbers that are not finite are texts in JSON, and numbers again where something was measured', () => {
  const row = {
    metrics: { valLoss: Number.NaN, testAccuracy: 0.5, f1Score: -Infinity },
    loss: Number.POSITIVE_INFINITY,
    score: null,
    note: 'NaN',
  }
  const text = toJson([row, [-Infinity]])
  expect(text).toBe(
    '[{"metrics":{"valLoss":"NaN","testAccuracy":0.5,"f1Score":"-Infinity"},"loss":"Infinity","score":null,"note":"NaN"},["-Infinity"]]',
  )
  expect(fromJson(text)).toEqual([row, ['-Infinity']])
})

test('what a network makes of an image comes back as numbers, also where it diverged', () => {
  const answer = {
    outputs: [Number.NaN, 0.5, -Infinity],
    map: { height: 1, width: 2, values: [Number.NaN, 1] },
    integratedGradients: { values: [0], sum: Number.NaN, difference: Infinity },
    weights: [{ min: Number.NaN, max: Infinity, mean: Number.NaN, std: Number.NaN }],
    neighbours: [{ index: 3, similarity: Number.NaN }],
    // A class may be called so.
    classNames: ['NaN', 'Infinity'],
  }
  expect(fromJson(toJson(answer))).toEqual(answer)
})
