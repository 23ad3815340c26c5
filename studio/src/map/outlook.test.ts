import { expect, test } from 'vitest'
import { Fingers } from './fingers.ts'
import {
  boxOf,
  isWithin,
  moved,
  nearestTo,
  onScreen,
  outlookOf,
  type Place,
  pinched,
  pointsWithin,
  zoomed,
} from './outlook.ts'

const points: readonly Place[] = [
  [0, 0],
  [10, 0],
  [10, 5],
]
const size: Place = [248, 148]

test('all points are in sight, none is stretched', () => {
  const places = onScreen(points, outlookOf(points, size), size)
  expect([...places]).toEqual([24, 124, 224, 124, 224, 24])
  expect(onScreen([[3, 3]], outlookOf([[3, 3]], size), size)).toEqual(Float64Array.of(124, 74))
})

test('what is under the pointer stays there when it zooms; a drag moves all by its pixels', () => {
  const start = outlookOf(points, size)
  const near = zoomed(start, 3, [224, 24], size)
  expect([...onScreen([points[2]!], near, size)].map(Math.round)).toEqual([224, 24])
  expect(near.scale).toBe(3 * start.scale)
  const [x, y] = onScreen([points[0]!], moved(start, [5, -7]), size)
  expect([x, y]).toEqual([29, 117])
})

test('two fingers keep what is under each of them: they zoom and move', () => {
  const start = outlookOf(points, size)
  const after = pinched(
    start,
    [
      [24, 124],
      [224, 124],
    ],
    [
      [74, 100],
      [174, 100],
    ],
    size,
  )
  expect(after.scale).toBe(start.scale / 2)
  expect([...onScreen(points.slice(0, 2), after, size)].map(Math.round)).toEqual([74, 100, 174, 100])
})

test('a finger that stays while another one moves; one alone pinches nothing', () => {
  const fingers = new Fingers()
  fingers.down(1, [0, 0])
  expect(fingers.move(1, [5, 5])).toBe(null)
  fingers.down(2, [10, 10])
  expect(fingers.move(2, [20, 10])).toEqual({
    before: [
      [5, 5],
      [10, 10],
    ],
    now: [
      [5, 5],
      [20, 10],
    ],
  })
  fingers.up(1)
  expect([fingers.move(2, [0, 0]), fingers.count]).toEqual([null, 1])
})

test('a lasso has what is inside it, also where it is hollow', () => {
  const hook: readonly Place[] = [
    [0, 0],
    [10, 0],
    [10, 10],
    [8, 10],
    [8, 2],
    [0, 2],
  ]
  expect([isWithin(hook, 9, 9), isWithin(hook, 1, 1), isWithin(hook, 4, 6), isWithin(hook, 11, 1)]).toEqual([
    true,
    true,
    false,
    false,
  ])
  expect(pointsWithin(boxOf([8, 8], [2, 2]), Float64Array.of(5, 5, 9, 5, 3, 7))).toEqual([0, 2])
  expect(isWithin([], 0, 0)).toBe(false)
})

test('the nearest point that is shown', () => {
  const places = Float64Array.of(0, 0, 3, 0, 20, 20)
  const isShown = () => true
  expect(nearestTo([2, 0], places, { most: 8, isShown })).toBe(1)
  expect(nearestTo([2, 0], places, { most: 8, isShown: i => i !== 1 })).toBe(0)
  expect(nearestTo([40, 40], places, { most: 8, isShown })).toBe(null)
})
