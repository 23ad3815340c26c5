import { expect, test } from 'vitest'
import { fromJson, toJson } from './json.ts'

test('numbers that are not finite are texts in JSON, and numbers again where something was measured', () => {
  const row = {
    valLoss: Number.NaN,
    testAccuracy: 0.5,
    loss: Number.POSITIVE_INFINITY,
    trainLoss: null,
    note: 'NaN',
  }
  const text = toJson([row, [-Infinity]])
  expect(text).toBe(
    '[{"valLoss":"NaN","testAccuracy":0.5,"loss":"Infinity","trainLoss":null,"note":"NaN"},["-Infinity"]]',
  )
  expect(fromJson(text)).toEqual([row, ['-Infinity']])
})
