import { expect, test } from 'vitest'
import type { ImageMap } from '../../../src/protocol/explanations.ts'
import { csvOf } from '../charts/csv.ts'
import { groupsOf, shownAmong } from './map-groups.ts'
import { mapOption } from './map-option.ts'

const palette = { worst: 'grey', bad: 'red', series: ['a', 'b'] } as unknown as Parameters<
  typeof groupsOf
>[2]['palette']
const map = { labels: [2, 0, 2, 1], predicted: [2, 1, 1, 1] }
const names = ['cat', 'dog', 'owl']

test('a map as a chart has the groups in sight, and its numbers as a table', () => {
  const map = {
    ...{ split: 'test', of: 3, indices: [0, 2, 4], labels: [0, 1, 1], predicted: [0, 1, 0] },
    ...{
      points: [
        [0, 1],
        [2, 3],
        [4, 5],
      ],
      confidence: [0.5, 0.75, 1],
      method: 'pca',
      layer: 'dense',
    },
    about: { shares: [0.5, 0.5] },
  } as unknown as ImageMap
  const groups = groupsOf(map, ['Bag', 'Coat'], { coloring: 'label', palette })
  const option = mapOption(map, { ...groups, hidden: new Set(['0']), classNames: ['Bag', 'Coat'] })
  expect(csvOf(option)).toBe(
    'series,x,y,image,label,prediction,confidence\nCoat,2,3,2,Coat,Coat,0.75\nCoat,4,5,4,Coat,Bag,1\n',
  )
})

test('points by their label, by what is predicted, and by whether that is right', () => {
  const byLabel = groupsOf(map, names, { coloring: 'label', palette })
  expect(byLabel.entries.map(({ name, detail, color }) => [name, detail, color])).toEqual([
    ['cat', '1', 'a'],
    ['dog', '1', 'b'],
    ['owl', '2', 'a'],
  ])
  expect(byLabel.of).toEqual(['2', '0', '2', '1'])
  const byPrediction = groupsOf(map, names, { coloring: 'prediction', palette })
  expect(byPrediction.entries.map(({ name, detail }) => [name, detail])).toEqual([
    ['dog', '3'],
    ['owl', '1'],
  ])
  const mistakes = groupsOf(map, names, { coloring: 'correctness', palette })
  expect(mistakes.of).toEqual(['right', 'wrong', 'wrong', 'right'])
  expect(mistakes.entries.map(({ color, detail }) => [color, detail])).toEqual([
    ['grey', '2'],
    ['red', '2'],
  ])
})

test('of many classes, the ten with the most mistakes have a colour of their own', () => {
  const labels = Array.from({ length: 60 }, (_, i) => i % 30)
  const predicted = labels.map(label => (label >= 20 ? 0 : label))
  const { entries, of } = groupsOf({ labels, predicted }, [], { coloring: 'label', palette })
  expect(entries.map(({ key }) => key)).toEqual(
    [...Array(10).keys()].map(k => String(20 + k)).concat('others'),
  )
  expect(entries.at(-1)).toMatchObject({ name: '20 other classes', detail: '40' })
  expect([of[0], of[25]]).toEqual(['others', '25'])
})

test('a hidden point is not among those in sight', () => {
  expect(shownAmong(new Set([2, 0, 1]), ['red', null, 'blue'])).toEqual([2, 0])
})
