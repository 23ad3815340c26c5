import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { schemaFile, schemaTexts } from '../scripts/make-schema.ts'
import { augmentations } from '../src/data/augment/index.ts'
import { sources } from '../src/data/source.ts'
import { layers } from '../src/nn/layers/index.ts'
import { losses } from '../src/nn/losses/loss.ts'
import { optimizers } from '../src/nn/optimizers/index.ts'
import { regularizers } from '../src/nn/regularizers/regularizer.ts'
import { schedules } from '../src/nn/schedules/schedule.ts'
import { callbacks } from '../src/train/callbacks/index.ts'
import { parseExperiment } from '../src/train/experiment.ts'

const text = readFileSync(schemaFile('experiment'), 'utf8')
const schema = JSON.parse(text)
const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema)

/** What is wrong with a value, as text; empty for a valid one. */
const faults = (value: unknown): string[] =>
  validate(value)
    ? []
    : validate.errors!.map(
        ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
      )

const page = readFileSync(new URL('../docs/guide/experiments-as-json.md', import.meta.url), 'utf8')
const linear = JSON.parse(/```json \[linear\.json\]\n([\s\S]*?)```/.exec(page)![1]!)
const changed = (change: (value: typeof linear) => void): unknown => {
  const copy = structuredClone(linear)
  change(copy)
  return copy
}

test('the files are what the source declares (if not: npx jiti scripts/make-schema.ts)', () => {
  const { experiment, search } = schemaTexts()
  expect(text === experiment).toBe(true)
  expect(readFileSync(schemaFile('search'), 'utf8') === search).toBe(true)
})

test('every kind of every family is defined once', () => {
  const families = [layers, losses, optimizers, regularizers, schedules, callbacks, augmentations, sources]
  const kinds = families.flatMap(({ definitions }) => Object.keys(definitions))
  expect(new Set(kinds).size).toBe(kinds.length)
  for (const kind of kinds) expect(schema.$defs[kind]?.properties.kind, kind).toEqual({ const: kind })
})

describe('valid', () => {
  test('the example of the guide, which names the schema', () => {
    expect(linear.$schema).toMatch(/experiment\.schema\.json$/)
    expect(faults(linear)).toEqual([])
    expect(parseExperiment(linear, 'linear.json')).not.toHaveProperty('$schema')
  })

  const folder = fileURLToPath(new URL('../experiments', import.meta.url))
  const files = readdirSync(folder).filter(file => !file.endsWith('-search.ts'))
  test.each(files)('experiments/%s as JSON', async file => {
    const { default: experiment } = await import(`${folder}/${file}`)
    expect(faults(JSON.parse(JSON.stringify(experiment)))).toEqual([])
  })

  test('what a schedule, an augmentation and an override take', () => {
    const value = changed(({ train, ...others }) => {
      train.optimizer.learningRate = { kind: 'cosineDecay', initialLearningRate: 0.1, decaySteps: 10 }
      train.augmentation = [{ kind: 'randomFlip', mode: 'horizontal' }]
      others.overrides = { linear: { epochs: 20, optimizer: 'sgd' } }
    })
    expect(faults(value)).toEqual([])
    expect(() => parseExperiment(value, 'a.json')).not.toThrow()
  })
})

describe('invalid, as for heddle run', () => {
  test.each<[string, (value: typeof linear) => void, string]>([
    [
      'a misspelt option',
      ({ models }) => (models.linear.nodes[1].layer.unit = 10),
      'additionalProperty":"unit"',
    ],
    [
      'a missing option',
      ({ models }) => delete models.linear.nodes[1].layer.units,
      'missingProperty":"units"',
    ],
    [
      'an unknown layer',
      ({ models }) => (models.linear.nodes[0].layer.kind = 'flaten'),
      '/layer/kind must be equal',
    ],
    [
      'a number out of range',
      ({ train }) => (train.validationSplit = 1),
      '/train/validationSplit must be < 1',
    ],
    ['an unknown part', value => (value.modles = {}), 'additionalProperty":"modles"'],
    ['no training', value => delete value.train, 'missingProperty":"train"'],
    [
      'a layer by its name alone',
      ({ models }) => (models.linear.nodes[0].layer = 'flatten'),
      '/layer must be object',
    ],
  ])('%s', (_, change, fault) => {
    const value = changed(change)
    expect(faults(value).join('\n')).toContain(fault)
    expect(() => parseExperiment(value, 'a.json')).toThrow()
  })
})
