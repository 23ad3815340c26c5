import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  adam,
  conv2d,
  csvLogger,
  cutout,
  dense,
  earlyStopping,
  experiment,
  fashionMnistMini,
  flatten,
  parseExperiment,
  randomCrop,
  randomErasing,
  randomFlip,
  randomZoom,
  sequential,
  UsageError,
} from '../../src/index.ts'

const sound = experiment({
  name: 'sound',
  data: fashionMnistMini(),
  models: {
    small: sequential([
      conv2d({ filters: 2, kernelSize: 3 }),
      flatten(),
      dense({ units: 10, activation: 'softmax' }),
    ]),
  },
  train: {
    optimizer: adam(),
    loss: 'sparseCategoricalCrossentropy',
    callbacks: [earlyStopping(), csvLogger({ path: 'a.csv' })],
    pixelRange: 'raw',
    augmentation: [
      randomFlip(),
      randomZoom({ heightFactor: 0.1 }),
      randomCrop({ padding: 2 }),
      randomErasing(),
      cutout({ size: 4 }),
    ],
  },
})

/** Every place in a JSON value, as the keys that lead there. */
function placesIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]))]
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by
  const copy = structuredClone(value) as Record<string, unknown>
  copy[key] = replaced(copy[key], rest, by)
  return copy
}

/** An experiment comes back, or a `UsageError`: never another exception. */
function readsOrRefuses(value: unknown): void {
  try {
    expect(parseExperiment(value, 'fuzzed.json').kind).toBe('experiment')
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
  }
}

test('an experiment survives JSON', () => {
  expect(parseExperiment(JSON.parse(JSON.stringify(sound)), 'x')).toEqual(sound)
})

test('any JSON at all', () => {
  fc.assert(fc.property(fc.jsonValue(), readsOrRefuses), { numRuns: 300 })
})

test('a sound experiment with any JSON in any one of its places', () => {
  const place = fc.constantFrom(...placesIn(sound))
  fc.assert(
    fc.property(place, fc.jsonValue(), (path, value) => readsOrRefuses(replaced(sound, path, value))),
    { numRuns: 1500 },
  )
})
