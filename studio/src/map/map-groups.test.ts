import { expect, test } from 'vitest'
import { groupsOf, shownAmong } from './map-groups.ts'

const palette = { worst: 'grey', bad: 'red', series: ['a', 'b'] } as unknown as Parameters<
  typeof groupsOf
>[2]['palette']
const map = { labels: [2, 0, 2, 1], predicted: [2, 1, 1, 1] }
const names = ['cat', 'dog', 'owl']

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
