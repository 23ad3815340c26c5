import { describe, expect, test } from 'vitest'
import { UsageError } from '../base/errors.ts'
import { integer } from '../base/schema.ts'
import { option, readOptions } from './command.ts'
import { engineOptions, seedOptions, seedsOf } from './options.ts'

const options = {
  ...seedOptions,
  ...engineOptions,
  epochs: option(integer(), { value: 'n', help: 'passes', variable: 'HEDDLE_EPOCHS' }),
  batchSize: option(integer(), { value: 'n', help: 'images in a step' }),
}

/** What commander gives for `--seed 1`: the texts that were typed, by the names of their options. */
type Typed = Partial<Record<keyof typeof options, string>>

function settings(typed: Typed, env: NodeJS.ProcessEnv) {
  const { values, origins } = readOptions(options, typed, env)
  const { seed: _seed, seeds: _seeds, ...others } = values
  return { seeds: seedsOf(values, origins), ...others }
}

describe('a flag wins over the environment, which wins over the default', () => {
  const env = { HEDDLE_SEED: '7', HEDDLE_EPOCHS: '2', HEDDLE_THREADS: '3', HEDDLE_BACKEND: 'reference' }

  test.each<[Typed, NodeJS.ProcessEnv, object]>([
    [{}, {}, { seeds: [1], backend: 'auto' }],
    [{}, env, { seeds: [7], epochs: 2, threads: 3, backend: 'reference' }],
    [
      { seed: '0', epochs: '5', threads: '1', backend: 'native', batchSize: '8' },
      env,
      { seeds: [0], epochs: 5, threads: 1, backend: 'native', batchSize: 8 },
    ],
    [{ seeds: '3' }, env, { seeds: [1, 2, 3], epochs: 2, threads: 3, backend: 'reference' }],
    // An empty variable is one that is not set.
    [{}, { HEDDLE_EPOCHS: '', HEDDLE_BACKEND: '' }, { seeds: [1], backend: 'auto' }],
  ])('%j with %j', (typed, variables, expected) => {
    expect(settings(typed, variables)).toEqual(expected)
  })

  test('where a value comes from is kept for the record of a run', () => {
    const { origins } = readOptions(options, { epochs: '5' }, env)
    expect(origins).toEqual({
      epochs: 'flag',
      seed: 'environment',
      threads: 'environment',
      backend: 'environment',
    })
  })
})

describe('a bad value is a usage error that names where it stands', () => {
  test.each<[Typed, NodeJS.ProcessEnv, string]>([
    [{ epochs: '0' }, {}, '--epochs must be a whole number of at least 1, not 0.'],
    [{ epochs: '1e3' }, {}, '--epochs must be a whole number of at least 1, not "1e3". Write it in digits.'],
    [{ epochs: '' }, {}, '--epochs must be a whole number of at least 1, not "".'],
    [{ batchSize: 'many' }, {}, '--batch-size must be a whole number of at least 1, not "many".'],
    [{ seed: '-1' }, {}, '--seed must be a whole number of at least 0, not "-1".'],
    [
      { seed: '99999999999999999999' },
      {},
      '--seed is too large: 100000000000000000000. The largest whole number is 9007199254740991 (2^53 - 1).',
    ],
    [{ seeds: '1000000000' }, {}, '--seeds must be at most 10000, not 1000000000.'],
    [{ seeds: '2', seed: '1' }, {}, 'Give either --seed'],
    [
      { backend: 'natve' },
      {},
      `--backend must be one of 'auto', 'native', 'wasm', 'reference', not "natve".`,
    ],
    [{}, { HEDDLE_THREADS: 'all' }, 'HEDDLE_THREADS must be a whole number of at least 1, not "all".'],
    [{}, { HEDDLE_BACKEND: 'natve' }, 'Did you mean "native"?'],
  ])('%j with %j', (typed, env, message) => {
    const resolve = () => settings(typed, env)
    expect(resolve).toThrow(UsageError)
    expect(resolve).toThrow(message)
  })
})
