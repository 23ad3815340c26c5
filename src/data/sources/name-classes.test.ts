import { expect, test } from 'vitest'
import { nameClasses } from './name-classes.ts'

const of = (...labels: number[]) => ({
  images: new Uint8Array(labels.length),
  labels: Int32Array.from(labels),
})

test('labels from 1, as in EMNIST Letters: IDX keeps class 0 without images, and says so; names leave it out', () => {
  const examples = { train: of(1, 2, 3), test: of(3, 1) }
  const kept = nameClasses(examples, null, { everyLabel: true })
  expect(kept.classNames).toEqual(['0', '1', '2', '3'])
  expect([...kept.train.labels]).toEqual([1, 2, 3])
  expect(kept.notice).toBe(
    'No image has the label 0: there are 4 classes, and nothing can be learned or said about those without images. ' +
      'Give classNames, 3 names from label 1 on, to leave label 0 out.',
  )
  expect([...nameClasses(examples, ['a', 'b', 'c'], { everyLabel: true }).test.labels]).toEqual([2, 0])
  expect(nameClasses(examples, null).classNames).toEqual(['1', '2', '3'])
})
