import { expect, test } from 'vitest'
import { fuzzInputs, refusals } from '../../test/support/fuzz.ts'
import { encodeSafetensors } from '../model/files/safetensors.ts'
import { decodeSafetensors } from '../model/files/safetensors-format.ts'
import type { Dice } from '../testing/dice.ts'
import { checkpointFromSafetensors, checkpointToSafetensors } from './checkpoint.ts'
import { NOT_BEGUN } from './train-state.ts'

const INPUTS = fuzzInputs(400)
const longest = 1500

const measured = {
  loss: 1,
  accuracy: 0.5,
  valLoss: 1,
  valAccuracy: 0.5,
  learningRate: 0.1,
}
const weights = new Map([['dense/kernel', Float32Array.of(1, 2)]])
const sound = checkpointToSafetensors({
  train: {
    ...NOT_BEGUN,
    sums: { loss: [3, 3], accuracy: [1, 3] },
    epoch: 1,
    step: 3,
    epochMs: 1,
    weights,
    optimizer: weights,
  },
  epochs: [measured],
  callbacks: [{ values: { best: 1, bestEpoch: 0, waited: 0 }, weights }],
  elapsedMs: 12,
})
const strange: readonly unknown[] = [null, true, -1, 1.5, 'x', [], {}, [null], 1e300, '__proto__', [[1]]]

test(`${INPUTS} changed states of a checkpoint: read, or refused in words`, async () => {
  const read = (dice: Dice) => {
    const state = JSON.parse(sound.metadata.state!)
    const [owner, key] = dice.pick(placesIn(state))
    if (dice.roll(0, 4) === 0) delete owner[key]
    else owner[key] = dice.pick(strange)
    let text = JSON.stringify(state)
    if (dice.roll(0, 9) === 0) text = text.slice(0, dice.roll(0, text.length - 1))
    checkpointFromSafetensors({ ...sound, metadata: { ...sound.metadata, state: text } }, 'a.safetensors')
  }
  expect(await refusals(read, { inputs: INPUTS, seed: 1, longest })).toBeGreaterThan(INPUTS / 4)
  const { state: _, ...withoutState } = sound.metadata
  expect(() => checkpointFromSafetensors({ ...sound, metadata: withoutState }, 'a')).toThrow(
    'a is damaged: its "state" is not JSON.',
  )
  expect(checkpointFromSafetensors(sound, 'a').train.step).toBe(3)
})

test(`${INPUTS} damaged safetensors files`, async () => {
  const bytes = Buffer.concat(encodeSafetensors(sound))
  const read = (dice: Dice) => {
    const copy = Buffer.from(bytes)
    for (let flips = dice.roll(1, 3); flips > 0; flips--) {
      const at = dice.roll(0, copy.length - 1)
      copy[at] = copy[at]! ^ (1 << dice.roll(0, 7))
    }
    const cut = dice.roll(0, 5) === 0 ? copy.subarray(0, dice.roll(0, copy.length)) : copy
    checkpointFromSafetensors(decodeSafetensors(cut, 'a'), 'a')
  }
  expect(await refusals(read, { inputs: INPUTS, seed: 2, longest })).toBeGreaterThan(0)
})

/** Every place that another value can be put into. */
function placesIn(value: unknown): [owner: Record<string, unknown>, key: string][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [
    [value as Record<string, unknown>, key] as [Record<string, unknown>, string],
    ...placesIn(inner),
  ])
}

test('a checkpoint of an older Heddle: its list of sums goes by metric, and what was not measured is absent', () => {
  const state = JSON.parse(sound.metadata.state!)
  state.train.sums = [
    [3, 4],
    [1, 4],
    [0, 0],
  ]
  state.epochs = [{ ...measured, topKAccuracy: null, trainLoss: null, valLoss: 'NaN' }]
  const old = { ...sound, metadata: { ...sound.metadata, state: JSON.stringify(state) } }
  const { train, epochs } = checkpointFromSafetensors(old, 'a')
  expect(train.sums).toEqual({ loss: [3, 4], accuracy: [1, 4], topKAccuracy: [0, 0] })
  expect(epochs).toEqual([{ ...measured, valLoss: Number.NaN }])
})
