import { expect, test } from 'vitest'
import { kerasName, measuredIn, measuredText, measuresOf, onSide, titleOf } from './metric.ts'

const share = { name: 'topKAccuracy', label: 'top-k accuracy', better: 'more', unit: 'share' } as const
const number = { name: 'loss', label: 'loss', better: 'less', unit: 'number' } as const

test('a metric on a side has the name and the label of both', () => {
  const measures = measuresOf([number, share], ['training', 'validation', 'remeasured', 'test'])
  expect(measures.map(({ name, label, better }) => [name, label, better])).toEqual([
    ['loss', 'loss', 'less'],
    ['topKAccuracy', 'top-k accuracy', 'more'],
    ['valLoss', 'val loss', 'less'],
    ['valTopKAccuracy', 'val top-k accuracy', 'more'],
    ['trainLoss', 'train loss', 'less'],
    ['trainTopKAccuracy', 'train top-k accuracy', 'more'],
    ['testLoss', 'test loss', 'less'],
    ['testTopKAccuracy', 'test top-k accuracy', 'more'],
  ])
  expect(titleOf(measures[3]!)).toBe('Val top-k accuracy')
  expect(kerasName(measures[3]!.name)).toBe('val_top_k_accuracy')
})

test('what was measured goes to a side and is found there', () => {
  const measured = onSide('test', { loss: 0.5, topKAccuracy: 0.25 })
  expect(measured).toEqual({ testLoss: 0.5, testTopKAccuracy: 0.25 })
  const measures = measuresOf([number, share], ['training', 'test'])
  expect(measuredIn(measures, [{}, measured]).map(({ name }) => name)).toEqual([
    'testLoss',
    'testTopKAccuracy',
  ])
  expect(measuredIn(measures, [])).toEqual([])
})

test('a share is shown in percent, another number with four digits, and what is missing as a dash', () => {
  expect(measuredText(share, 0.90125)).toBe('90.13 %')
  expect(measuredText(number, 0.90125)).toBe('0.9012')
  expect(measuredText(number, undefined)).toBe('–')
})
