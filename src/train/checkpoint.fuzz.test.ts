import { expect, test } from 'vitest'
import { HeddleError } from '../base/errors.ts'
import { RandomStream } from '../base/random.ts'
import { encodeSafetensors } from '../model/files/safetensors.ts'
import { decodeSafetensors } from '../model/files/safetensors-format.ts'
import { Dice } from '../testing/dice.ts'
import { checkpointFromSafetensors, checkpointToSafetensors } from './checkpoint.ts'
import { NOT_BEGUN } from './train-state.ts'

/** The long form: `node scripts/fuzz.mjs`. */
const INPUTS = Number(process.env.FUZZ ?? 400)

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

test(`${INPUTS} changed states of a checkpoint: read, or refused in words`, () => {
  const dice = new Dice(new RandomStream(1))
  let refused = 0
  for (let i = 0; i < INPUTS; i++) {
    const state = JSON.parse(sound.metadata.state!)
    const [owner, key] = dice.pick(placesIn(state))
    if (dice.roll(0, 4) === 0) delete owner[key]
    else owner[key] = dice.pick(strange)
    let text = JSON.stringify(state)
    if (dice.roll(0, 9) === 0) text = text.slice(0, dice.roll(0, text.length - 1))
    refused += refusedInWords(() =>
      checkpointFromSafetensors({ ...sound, metadata: { ...sound.metadata, state: text } }, 'a.safetensors'),
    )
  }
  expect(refused).toBeGreaterThan(INPUTS / 4)
  const { state: _, ...withoutState } = sound.metadata
  expect(() => checkpointFromSafetensors({ ...sound, metadata: withoutState }, 'a')).toThrow(
    'a is damaged: its "state" is not JSON.',
  )
  expect(checkpointFromSafetensors(sound, 'a').train.step).toBe(3)
})

test(`${INPUTS} damaged safetensors files`, () => {
  const dice = new Dice(new RandomStream(2))
  const bytes = Buffer.concat(encodeSafetensors(sound))
  for (let i = 0; i < INPUTS; i++) {
    const copy = Buffer.from(bytes)
    for (let flips = dice.roll(1, 3); flips > 0; flips--) {
      const at = dice.roll(0, copy.length - 1)
      copy[at] = copy[at]! ^ (1 << dice.roll(0, 7))
    }
    const cut = dice.roll(0, 5) === 0 ? copy.subarray(0, dice.roll(0, copy.length)) : copy
    refusedInWords(() => checkpointFromSafetensors(decodeSafetensors(cut, 'a'), 'a'))
  }
})

function refusedInWords(work: () => unknown): number {
  try {
    work()
    return 0
  } catch (error) {
    expect(error).toBeInstanceOf(HeddleError)
    expect((error as Error).message.length).toBeLessThan(1500)
    return 1
  }
}

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
