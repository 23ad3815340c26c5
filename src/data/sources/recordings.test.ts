import { expect, test } from 'vitest'
import { stratifiedSplit } from '../split.ts'
import { recordingOf, splitByRecording } from './recordings.ts'

const options = { fraction: 0.2, seed: 0, classCount: 2 }
const frames = (recording: number, count: number): string[] =>
  Array.from(
    { length: count },
    (_, i) => `camera-2026113009${recording}-${String(i + 1).padStart(3, '0')}.jpg`,
  )
const labelsOf = (...counts: number[]) =>
  Int32Array.from(counts.flatMap((count, k) => Array<number>(count).fill(k)))

test('a frame is known by its name; without frames the split is that of any folder', () => {
  expect(recordingOf('/a/cat/camera-20261130093000-012.jpg')).toBe('camera-20261130093000')
  expect(recordingOf('cat/camera-20261130093000-012-2.jpg')).toBe('camera-20261130093000')
  expect(recordingOf('cat/camera-1.jpg')).toBe(null)
  const paths = Array.from({ length: 40 }, (_, i) => `IMG_${i}.jpg`)
  const labels = labelsOf(15, 25)
  expect(splitByRecording(paths, labels, options)).toEqual(stratifiedSplit(labels, options))
})

test('recordings are held out as a whole, about as many frames as are asked for', () => {
  const paths = [
    ...[1001, 1002, 1003, 1004, 1005].flatMap(recording => frames(recording, 20)),
    ...Array.from({ length: 50 }, (_, i) => `IMG_${i}.jpg`),
  ]
  const labels = labelsOf(100, 50)
  for (let seed = 0; seed < 20; seed++) {
    const { train, validation } = splitByRecording(paths, labels, { ...options, seed })
    const learned = new Set([...train].map(i => recordingOf(paths[i]!)).filter(one => one !== null))
    const tested = new Set([...validation].map(i => recordingOf(paths[i]!)).filter(one => one !== null))
    expect([learned.size, tested.size]).toEqual([4, 1])
    expect([...learned].filter(one => tested.has(one))).toEqual([])
    expect(validation.filter(i => labels[i] === 1).length).toBe(10)
    expect(train.length + validation.length).toBe(150)
  }
})

test('of two recordings the smaller one is held out; of one, its last frames', () => {
  const two = [...frames(1001, 40), ...frames(1002, 30), 'a.jpg', 'b.jpg']
  const ofTwo = splitByRecording(two, labelsOf(70, 2), options)
  expect([...ofTwo.validation].filter(i => i < 70)).toEqual(Array.from({ length: 30 }, (_, i) => 40 + i))
  const one = [...frames(1001, 40), 'a.jpg', 'b.jpg']
  const ofOne = splitByRecording(one, labelsOf(40, 2), options)
  expect([...ofOne.validation].filter(i => i < 40)).toEqual([32, 33, 34, 35, 36, 37, 38, 39])
})
